package emulator

import (
	"strconv"
	"synapse-migrate/synapse"
)

// fileHandles are the file handles of all users.
type fileHandles struct{ byID map[int64]*synapse.FileHandle }

func (f *fileHandles) withID(id int64) (*synapse.FileHandle, error) {
	if h := f.byID[id]; h != nil {
		return h, nil
	}
	return nil, missingf("FileHandle: '%d' cannot be found", id)
}

func (f *fileHandles) find(text string) (*synapse.FileHandle, error) {
	if id, err := strconv.ParseInt(text, 10, 64); err == nil {
		return f.withID(id)
	}
	return nil, missingf("FileHandle: '%s' cannot be found", text)
}

// owned finds a file handle that the user created; 404, 403
// (FileHandleAuthorizationManagerImpl, October 2024).
func (f *fileHandles) owned(u *User, id int64) (*synapse.FileHandle, error) {
	h, err := f.withID(id)
	if err != nil {
		return nil, err
	}
	if h.CreatedBy != strconv.FormatInt(u.ID, 10) {
		return nil, forbiddenf("Only the creator of a FileHandle can access it directly by its ID.  "+
			"FileHandleId = '%d', UserId = '%d'", id, u.ID)
	}
	return h, nil
}

func (f *fileHandles) checkOwner(u *User, text string) error {
	id, err := handleID(text)
	if err != nil {
		return err
	}
	_, err = f.owned(u, id)
	return err
}

// previewOf is the preview handle of h, nothing when it has none. A handle
// that is its own preview is one that wants none.
func (f *fileHandles) previewOf(h *synapse.FileHandle) []*synapse.FileHandle {
	if h.PreviewID == "" || h.PreviewID == h.ID {
		return nil
	}
	p, err := f.find(h.PreviewID)
	if err != nil {
		return nil
	}
	return []*synapse.FileHandle{p}
}

// sharers counts the handles of one cloud that point to the object of h. The server
// counts after it removed h's row and deletes the object at one or none, so
// that with exactly one other handle left the object is deleted all the same.
func (f *fileHandles) sharers(h *synapse.FileHandle) int {
	count := 0
	for _, other := range f.byID {
		if other.ConcreteType == h.ConcreteType &&
			other.BucketName == h.BucketName && other.Key == h.Key {
			count++
		}
	}
	return count
}

// sameMD5 tells whether two handles have one MD5; a missing one is like no
// other.
func (f *fileHandles) sameMD5(a, b int64) bool {
	one, two := f.byID[a], f.byID[b]
	return one != nil && two != nil && one.ContentMD5 != "" && one.ContentMD5 == two.ContentMD5
}

// sizeOf sums the sizes of the files' current content, as recorded on their
// handles.
func (f *fileHandles) sizeOf(nodes []*node) int64 {
	var sum int64
	for _, n := range nodes {
		if h := f.byID[n.current().handleID]; h != nil && h.ContentSize != nil {
			sum += *h.ContentSize
		}
	}
	return sum
}

func (f *fileHandles) versionWithMD5(n *node, md5 string) *revision {
	for _, v := range n.versions {
		if h := f.byID[v.handleID]; h != nil && h.ContentMD5 == md5 {
			return v
		}
	}
	return nil
}

func (f *fileHandles) versionInfo(n *node, v *revision) synapse.VersionInfo {
	info := synapse.VersionInfo{
		ID: synID(n.id), VersionNumber: v.number, VersionLabel: v.label, VersionComment: v.comment,
		IsLatestVersion: v == n.current(), ModifiedBy: decimal(v.modifiedBy),
		ModifiedByPrincipalID: decimal(v.modifiedBy), ModifiedOn: synapse.NewTime(v.modifiedOn),
	}
	if v.handleID != 0 {
		info.FileHandleID = decimal(v.handleID)
	}
	if h := f.byID[v.handleID]; h != nil {
		info.ContentMD5 = h.ContentMD5
		if h.ContentSize != nil {
			info.ContentSize = decimal(*h.ContentSize)
		}
	}
	return info
}
