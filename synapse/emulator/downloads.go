package emulator

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"synapse-migrate/synapse"
)

// downloadURLLife is how long a download URL works (FileHandleManagerImpl,
// October 2024).
const downloadURLLife = 30 * time.Second

// downloadURL is where a handle's bytes can be had. An S3 URL answers with
// the handle's content type and file name, where it has them.
func downloadURL(c *call, h *synapse.FileHandle) (string, error) {
	switch h.ConcreteType {
	case synapse.TypeExternalFileHandle:
		return h.ExternalURL, nil
	case synapse.TypeProxyFileHandle:
		proxy, err := proxyOf(c, h)
		if err != nil {
			return "", err
		}
		return proxyURL(h, proxy, c.now().Add(downloadURLLife))
	case synapse.TypeObjectStoreFileHandle:
		return strings.Join([]string{h.EndpointURL, h.Bucket, h.FileKey}, "/"), nil
	}
	contentType, disposition := "", ""
	if h.ContentType != synapse.NotSet {
		contentType = h.ContentType
	}
	if h.FileName != "" && h.FileName != synapse.NotSet {
		disposition = contentDisposition(h.FileName)
	}
	url, err := c.options.Storage.PresignGet(c.r.Context(), h.BucketName, h.Key,
		contentType, disposition, downloadURLLife)
	if err != nil {
		return "", awsFailure(err)
	}
	return url, nil
}

// proxyOf is the proxy that a handle's bytes are behind.
func proxyOf(c *call, h *synapse.FileHandle) (locationBody, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.state.locations.of(h)
	if l == nil || l.ConcreteType != synapse.TypeProxyStorageLocation {
		// The server leaves no blank before the type.
		return locationBody{}, invalidf("ProxyFileHandle.storageLocation is not of type%s",
			synapse.TypeProxyStorageLocation)
	}
	return c.state.locations.whole(l), nil
}

// contentDisposition names an attachment twice: in ISO-8859-1 with other
// characters as underscores, and in UTF-8 with all but letters, digits and
// periods escaped (ContentDispositionUtils, October 2024).
func contentDisposition(name string) string {
	latin := strings.Map(func(r rune) rune {
		if r >= 0x20 && r <= 0x7e || r >= 0xa0 && r <= 0xff {
			return r
		}
		return '_'
	}, name)
	var escaped strings.Builder
	for _, b := range []byte(name) {
		switch {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9', b == '.':
			escaped.WriteByte(b)
		default:
			fmt.Fprintf(&escaped, "%%%02X", b)
		}
	}
	return fmt.Sprintf(`attachment; filename="%s"; filename*=utf-8''%s`, latin, escaped.String())
}

// redirect sends the caller to a handle's bytes, or says where they are when
// the caller asks with redirect=false.
func redirect(c *call, h *synapse.FileHandle) (reply, error) {
	url, err := downloadURL(c, h)
	if err != nil {
		return reply{}, err
	}
	if strings.EqualFold(c.r.URL.Query().Get("redirect"), "false") {
		return ok(url)
	}
	c.w.Header().Set("Location", url)
	return reply{status: http.StatusTemporaryRedirect}, nil
}

// redirectToHandle is for the handle's creator.
func redirectToHandle(c *call) (reply, error) {
	h, err := createdHandle(c, c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	return redirect(c, h)
}

func createdHandle(c *call, id string) (*synapse.FileHandle, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h, err := c.state.handles.find(id)
	if err != nil {
		return nil, err
	}
	if h.CreatedBy != c.userID() {
		return nil, forbiddenf(
			"Only the user that created the FileHandle can get the URL of the file.")
	}
	copied := *h
	return &copied, nil
}

// redirectToAssociation is for who may download the object that holds the
// handle.
func redirectToAssociation(c *call) (reply, error) {
	query := c.r.URL.Query()
	a := synapse.FileHandleAssociation{
		FileHandleID:        c.r.PathValue("id"),
		AssociateObjectID:   query.Get("fileAssociateId"),
		AssociateObjectType: query.Get("fileAssociateType"),
	}
	if err := checkAssociations([]synapse.FileHandleAssociation{a}); err != nil {
		return reply{}, err
	}
	h, err := associatedHandle(c, a)
	if err != nil {
		return reply{}, err
	}
	return redirect(c, h)
}

func associatedHandle(c *call, a synapse.FileHandleAssociation) (*synapse.FileHandle, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := mayDownload(c.state, c.user, a); err != nil {
		return nil, err
	}
	h, err := c.state.handles.find(a.FileHandleID)
	if err != nil {
		return nil, err
	}
	copied := *h
	return &copied, nil
}

// redirectToEntityFile is for who may download the entity, one version or
// the current one.
func redirectToEntityFile(c *call) (reply, error) {
	handles, err := entityHandles(c)
	if err != nil {
		return reply{}, err
	}
	return redirect(c, &handles[0])
}

// entityFileHandles lists the handle of an entity's version, and the
// handle's preview.
func entityFileHandles(c *call) (reply, error) {
	handles, err := entityHandles(c)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"list": handles})
}

// entityHandles finds the handle, then its preview, of the entity and
// version in the path; DOWNLOAD is needed.
func entityHandles(c *call) ([]synapse.FileHandle, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	text := c.r.PathValue("id")
	n, err := c.state.tree.nodeFor(text)
	if err != nil {
		return nil, err
	}
	if err := c.state.access.require(c.user, n, synapse.AccessDownload); err != nil {
		return nil, err
	}
	v := n.current()
	if number := c.r.PathValue("version"); number != "" {
		if v, err = n.versionFor(number); err != nil {
			return nil, err
		}
	}
	if v == nil || v.handleID == 0 {
		return nil, noHandle(text)
	}
	h, err := c.state.handles.withID(v.handleID)
	if err != nil {
		return nil, err
	}
	handles := []synapse.FileHandle{*h}
	for _, p := range c.state.handles.previewOf(h) {
		handles = append(handles, *p)
	}
	return handles, nil
}
