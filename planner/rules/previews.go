package rules

import (
	"mime"
	"strings"

	"synapse-migrate/planner"
)

// Rules about previews.
const (
	PreviewsWritten planner.RuleID = "previews/written"
	PreviewsUnknown planner.RuleID = "previews/unknown"
)

var previewRules = []Rule{
	{
		ID: PreviewsWritten, Topic: TopicPreviews, Severity: planner.SeverityInfo,
		Summary: "Synapse writes preview objects below the base key for files of " +
			"some content types.",
		Source: "PreviewManagerImpl, October 2024 snapshot",
		one: "1 {one} has a content type for which Synapse writes a preview " +
			"object below the base key",
		many: "%s {many} have content types for which Synapse writes preview " +
			"objects below the base key",
		Hint: "--no-previews registers them with a content type that gets none",
	},
	{
		ID: PreviewsUnknown, Topic: TopicPreviews, Severity: planner.SeverityInfo,
		Summary: "The content types of streamed objects aren't looked at while " +
			"planning; Synapse writes previews for some of them.",
		Source: "PreviewManagerImpl, October 2024 snapshot",
		one: "1 {one} has a content type that is known only when it is read; " +
			"Synapse may write a preview object for it",
		many: "%s {many} have content types that are known only when they are " +
			"read; Synapse may write preview objects for them",
		Hint: "--no-previews registers them with a content type that gets none",
	},
}

// previewTypes are the content types for which the server's source has
// preview generators, beside text/* (October 2024 snapshot).
var previewTypes = map[string]bool{
	"application/text": true, "application/x-sh": true, "application/x-javascript": true,
	"application/csv": true, "application/zip": true, "application/x-zip-compressed": true,
	"image/bmp": true, "image/gif": true, "image/jpeg": true, "image/jpg": true,
	"image/pjpeg": true, "image/png": true, "image/tiff": true, "image/vnd.wap.wbmp": true,
}

// GetsPreview reports whether Synapse writes a preview for such an object.
func GetsPreview(contentType string, sizeBytes int64) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = strings.ToLower(strings.TrimSpace(contentType))
	}
	return sizeBytes > 0 && (strings.HasPrefix(kind, "text/") || previewTypes[kind])
}
