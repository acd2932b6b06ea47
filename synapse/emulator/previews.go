package emulator

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"mime"
	"path"
	"slices"
	"strings"

	"synapse-migrate/synapse"
)

// Limits of previews. The server's memory for them is a fifth of its heap,
// whose size is not public: 5 GiB are assumed (stack.properties,
// TextPreviewGenerator; October 2024).
const (
	maxPreviewMemory = 1 << 30
	maxPreviewChars  = 1500
)

// imageMemory is how many bytes the preview of an image takes for each of
// the image's own, by content type (ImagePreviewGenerator, October 2024).
var imageMemory = map[string]float64{
	"image/bmp": 4.05 * 1.2, "image/pjpeg": 23.38 * 1.2, "image/jpeg": 23.38 * 1.2,
	"image/gif": 19.98 * 1.2, "image/png": 46.28 * 1.2,
}

// Content types by the preview that they get (TabCsvPreviewGenerator,
// TextPreviewGenerator; October 2024).
var (
	tabularTypes = []string{
		"text/tab-separated-values", "text/tsv", "application/tab-separated-values",
		"application/tsv", "application/x-tsv", "text/comma-separated-values", "text/csv",
		"application/comma-separated-values", "application/csv", "application/x-csv",
	}
	excelTypes = []string{
		"application/xls", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		"application/msexcel", "application/vnd.ms-excel",
	}
	textTypes = []string{"application/text", "application/x-sh", "application/x-javascript"}
)

// previewKind is the type and the file name of a preview, and the memory
// that making it takes.
type previewKind struct {
	contentType, fileName string
	memoryBytes           float64
}

// previewFor decides whether a handle gets a preview, and which
// (PreviewWorker and PreviewManagerImpl, October 2024).
func previewFor(h *synapse.FileHandle) (previewKind, bool) {
	if !isCloud(h) || h.IsPreview || h.PreviewID != "" || h.ContentSize == nil || *h.ContentSize == 0 {
		return previewKind{}, false
	}
	given, _, err := mime.ParseMediaType(h.ContentType)
	if err != nil {
		return previewKind{}, false
	}
	size := float64(*h.ContentSize)
	kind := previewKind{memoryBytes: size}
	extension := strings.ToLower(path.Ext(h.FileName))
	isSheet := slices.Contains(excelTypes, given) && (extension == ".csv" || extension == ".tsv")
	switch factor := imageMemory[given]; {
	case factor > 0:
		kind.contentType, kind.fileName = "image/png", "preview.png"
		kind.memoryBytes = size * factor
	case slices.Contains(tabularTypes, given) || isSheet:
		kind.contentType, kind.fileName = "text/csv", "preview.csv"
		kind.memoryBytes = 0 // the beginning is enough
	case given == "application/zip":
		kind.contentType, kind.fileName = "text/csv", "preview.csv"
	case strings.HasPrefix(given, "text/") || slices.Contains(textTypes, given):
		kind.contentType, kind.fileName = "text/plain", "preview.txt"
	default:
		return previewKind{}, false
	}
	return kind, kind.memoryBytes <= maxPreviewMemory
}

// makePreview writes the preview object of a new handle and makes its
// handle, which changes the ID of the preview and the ETag of the first. The
// server has a worker for that, later; here it is done before the answer,
// which shows the handle as it was. A bucket that can't be written to gets
// none. The content stands in for the server's: the first characters of a
// text, an image of one pixel.
func makePreview(c *call, handle string) {
	if !c.options.Previews {
		return
	}
	original, key, err := previewPlace(c, handle)
	kind, wanted := previewFor(&original)
	if err != nil || !wanted {
		return
	}
	ctx := c.r.Context()
	content, err := previewContent(ctx, c, &original, kind)
	if err == nil {
		err = c.options.Storage.Write(ctx, original.BucketName, key, kind.contentType, content)
	}
	if err != nil {
		c.options.Logger.Debug().Err(err).Str("fileHandle", handle).Msg("no preview")
		return
	}
	storePreview(c, original, synapse.FileHandle{
		ConcreteType: original.ConcreteType, BucketName: original.BucketName, Key: key,
		ContentType: kind.contentType, FileName: kind.fileName,
		ContentSize: new(int64(len(content))), StorageLocationID: original.StorageLocationID,
	})
}

// previewPlace is a copy of a handle, and a new key for its preview:
// [baseKey/]{userId}/{uuid}/{uuid}.
func previewPlace(c *call, handle string) (synapse.FileHandle, string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h, err := c.state.handles.find(handle)
	if err != nil {
		return synapse.FileHandle{}, "", err
	}
	key := h.CreatedBy + "/" + newEtag() + "/" + newEtag()
	if l := c.state.locations.of(h); l != nil && l.BaseKey != "" {
		key = l.BaseKey + "/" + key
	}
	return *h, key, nil
}

func previewContent(
	ctx context.Context, c *call, h *synapse.FileHandle, kind previewKind,
) ([]byte, error) {
	const longestChar = 4 // bytes, in UTF-8
	beginning, err := c.options.Storage.Read(ctx, h.BucketName, h.Key, maxPreviewChars*longestChar)
	if err != nil {
		return nil, err
	}
	switch {
	case len(beginning) == 0:
		return nil, errNothingToShow
	case kind.contentType == "image/png":
		var pixel bytes.Buffer
		err := png.Encode(&pixel, image.NewGray(image.Rect(0, 0, 1, 1)))
		return pixel.Bytes(), err
	}
	text := []rune(strings.ToValidUTF8(string(beginning), "?"))
	return []byte(string(text[:min(len(text), maxPreviewChars)])), nil
}

var errNothingToShow = errors.New("the object is empty")

// storePreview stores a preview's handle and names it in the original, if
// that is still there.
func storePreview(c *call, original, preview synapse.FileHandle) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h, err := c.state.handles.find(original.ID)
	if err != nil {
		return
	}
	stored := addHandle(c, preview)
	p := c.state.handles.byID[numericID(&stored)]
	p.IsPreview, p.CreatedBy = true, original.CreatedBy
	h.PreviewID, h.Etag = p.ID, newEtag()
}
