package migrate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"synapse-migrate/synapse"
)

// fakeUpload is a multipart upload as the server keeps it.
type fakeUpload struct {
	id, request string
	synapse.MultipartRequest
	temporary map[int64][]byte
	added     map[int64][]byte
	handleID  string
}

// fakeSynapse is the world as Synapse.
type fakeSynapse struct{ *world }

// effect waits for the call budget first, as the client does.
func (s fakeSynapse) effect(ctx context.Context, name string, do func() error) error {
	if s.budget == nil {
		return s.world.effect(ctx, name, do)
	}
	release, err := s.budget.Acquire(ctx)
	if err != nil {
		return &synapse.Error{Cause: err}
	}
	defer release()
	return s.world.effect(ctx, name, do)
}

// refuse is an answer of Synapse's.
func refuse(status int, reason string) error {
	return &synapse.Error{Status: status, Reason: reason}
}

func (s fakeSynapse) RegisterS3Object(
	ctx context.Context, h synapse.FileHandle,
) (out synapse.FileHandle, err error) {
	err = s.effect(ctx, "register "+h.Key, func() error {
		object, ok := s.objects[h.BucketName+"/"+h.Key]
		switch {
		case !ok:
			return refuse(400, "Unable to access the file")
		case len(h.ContentMD5) != 32 || h.StorageLocationID == nil:
			return refuse(400, "FileHandle.contentMd5 is required")
		}
		size := int64(len(object.data))
		h.ID, h.ContentSize = s.id(), &size
		s.handles[h.ID] = h
		out = h
		return nil
	})
	return out, err
}

func (s fakeSynapse) FileHandle(ctx context.Context, id string) (h synapse.FileHandle, err error) {
	err = s.effect(ctx, "get handle "+id, func() error {
		var ok bool
		if h, ok = s.handles[id]; !ok {
			return refuse(403, "Only the creator of a FileHandle can access it")
		}
		return nil
	})
	return h, err
}

func (s fakeSynapse) CreateEntity(
	ctx context.Context, e synapse.Entity,
) (out synapse.Entity, err error) {
	err = s.effect(ctx, "create "+e.Name, func() (err error) {
		out, err = s.create(e)
		return err
	})
	return out, err
}

// create makes an entity; the caller holds mu.
func (s fakeSynapse) create(e synapse.Entity) (synapse.Entity, error) {
	if _, ok := s.entities[e.ParentID]; !ok {
		return e, refuse(404, "Cannot find a node")
	}
	if _, ok := s.handles[e.DataFileHandleID]; !ok && e.ConcreteType == synapse.TypeFile {
		return e, refuse(404, "FileHandle cannot be found")
	}
	if _, ok := s.children[e.ParentID+"/"+e.Name]; ok {
		return e, refuse(409, "An entity with the name already exists")
	}
	e.ID, e.Etag, e.VersionNumber = "syn"+s.id(), s.id(), 1
	s.entities[e.ID] = e
	s.children[e.ParentID+"/"+e.Name] = e.ID
	return e, nil
}

func (s fakeSynapse) CreateBundleWith(
	ctx context.Context, b synapse.BundleCreate, _ synapse.WriteOptions,
) (out synapse.Bundle, err error) {
	err = s.effect(ctx, "create bundle "+b.Entity.Name, func() error {
		made, err := s.create(*b.Entity)
		if err != nil {
			return err
		}
		s.annotations[made.ID] = *b.Annotations
		out.Entity = &made
		return nil
	})
	return out, err
}

func (s fakeSynapse) UpdateEntityWith(
	ctx context.Context, e synapse.Entity, o synapse.WriteOptions,
) (out synapse.Entity, err error) {
	err = s.effect(ctx, "update "+e.Name, func() error {
		old, ok := s.entities[e.ID]
		switch {
		case !ok:
			return refuse(404, "Entity does not exist")
		case old.Etag != e.Etag:
			return refuse(412, "was updated since you last fetched it")
		}
		before, after := s.handles[old.DataFileHandleID], s.handles[e.DataFileHandleID]
		if o.NewVersion || before.ContentMD5 != after.ContentMD5 {
			e.VersionNumber = old.VersionNumber + 1
			e.VersionLabel = strconv.FormatInt(e.VersionNumber, 10)
		} else if e.VersionLabel == "" {
			e.VersionLabel = "1"
		}
		e.Etag = s.id()
		s.entities[e.ID] = e
		out = e
		return nil
	})
	return out, err
}

func (s fakeSynapse) Entity(ctx context.Context, id string) (e synapse.Entity, err error) {
	err = s.effect(ctx, "get "+id, func() error {
		var ok bool
		if e, ok = s.entities[id]; !ok {
			return refuse(404, "Entity does not exist")
		}
		return nil
	})
	return e, err
}

func (s fakeSynapse) ChildID(ctx context.Context, parentID, name string) (id string, err error) {
	err = s.effect(ctx, "child "+name, func() error {
		var ok bool
		if id, ok = s.children[parentID+"/"+name]; !ok {
			return refuse(404, "Child not found")
		}
		return nil
	})
	return id, err
}

func (s fakeSynapse) Annotations(
	ctx context.Context, id string,
) (a synapse.Annotations, err error) {
	err = s.effect(ctx, "get annotations "+id, func() error {
		a = s.annotations[id]
		a.ID, a.Etag = id, s.entities[id].Etag
		return nil
	})
	return a, err
}

func (s fakeSynapse) UpdateAnnotations(
	ctx context.Context, a synapse.Annotations,
) (synapse.Annotations, error) {
	err := s.effect(ctx, "update annotations "+a.ID, func() error {
		if a.Etag != s.entities[a.ID].Etag {
			return refuse(412, "was updated since you last fetched it")
		}
		s.annotations[a.ID] = a
		return nil
	})
	return a, err
}

func (s fakeSynapse) StartMultipart(
	ctx context.Context, r synapse.MultipartRequest, forceRestart bool,
) (out synapse.MultipartStatus, err error) {
	err = s.effect(ctx, "start "+r.FileName, func() error {
		document, err := json.Marshal(r)
		if err != nil {
			return err
		}
		for _, u := range s.uploads {
			if u.request == string(document) {
				out = u.status()
				return nil
			}
		}
		u := &fakeUpload{
			id: s.id(), request: string(document), MultipartRequest: r,
			temporary: map[int64][]byte{}, added: map[int64][]byte{},
		}
		s.uploads[u.id] = u
		out = u.status()
		return nil
	})
	return out, err
}

func (u *fakeUpload) parts() int64 {
	return (u.FileSizeBytes + u.PartSizeBytes - 1) / u.PartSizeBytes
}

func (u *fakeUpload) status() synapse.MultipartStatus {
	state := make([]byte, u.parts())
	for i := range state {
		state[i] = '0'
		if u.added[int64(i)+1] != nil {
			state[i] = '1'
		}
	}
	s := synapse.MultipartStatus{
		UploadID: u.id, State: synapse.UploadStateUploading, PartsState: string(state),
	}
	if u.handleID != "" {
		s.State, s.ResultFileHandleID = synapse.UploadStateCompleted, u.handleID
	}
	return s
}

// urlLife is how long the server's presigned part URLs are valid.
const urlLife = 15 * time.Minute

func (s fakeSynapse) PartURLs(
	ctx context.Context, uploadID string, r synapse.PartURLsRequest,
) (out synapse.PartURLs, err error) {
	err = s.effect(ctx, "part urls "+s.uploads[uploadID].FileName, func() error {
		for _, n := range r.PartNumbers {
			out.PartPresignedURLs = append(out.PartPresignedURLs, synapse.PartURL{
				PartNumber: n,
				UploadPresignedURL: fmt.Sprintf("https://s3.test/%s/%d/%s?X-Amz-Signature=SECRET&until=%d",
					uploadID, n, s.uploads[uploadID].FileName, time.Now().Add(urlLife).Unix()),
				SignedHeaders: map[string]string{"X-Signed": uploadID},
			})
		}
		return nil
	})
	return out, err
}

func (s fakeSynapse) AddPart(
	ctx context.Context, uploadID string, part int64, sum string,
) (out synapse.AddPartResult, err error) {
	u := s.uploads[uploadID]
	err = s.effect(ctx, fmt.Sprintf("add part %d of %s", part, u.FileName), func() error {
		out = synapse.AddPartResult{UploadID: uploadID, PartNumber: part, AddPartState: synapse.AddFailed}
		data, ok := u.temporary[part]
		if !ok || md5Hex(data) != sum {
			out.ErrorMessage = "The provided MD5 does not match the MD5 of the uploaded part."
			return nil
		}
		out.AddPartState = synapse.AddSuccess
		u.added[part] = data
		delete(u.temporary, part)
		return nil
	})
	return out, err
}

func (s fakeSynapse) CompleteMultipart(
	ctx context.Context, uploadID string,
) (out synapse.MultipartStatus, err error) {
	u := s.uploads[uploadID]
	err = s.effect(ctx, "complete "+u.FileName, func() error {
		if strings.Contains(u.status().PartsState, "0") {
			return refuse(400, "Missing 1 part(s).")
		}
		if u.handleID == "" {
			var parts [][]byte
			for n := range u.parts() {
				parts = append(parts, u.added[n+1])
			}
			data := slices.Concat(parts...)
			size := int64(len(data))
			h := synapse.FileHandle{
				ConcreteType: synapse.TypeS3FileHandle, ID: s.id(), ContentMD5: u.ContentMD5Hex,
				ContentSize: &size, StorageLocationID: u.StorageLocationID,
				BucketName: "dest", Key: "base/7/" + u.id + "/" + u.FileName,
			}
			s.objects["dest/"+h.Key] = fakeObject{data: data}
			s.handles[h.ID] = h
			u.handleID = h.ID
		}
		out = u.status()
		return nil
	})
	return out, err
}

// RoundTrip is S3 behind the presigned URLs.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	var data []byte
	if r.Body != nil {
		// Parts are large: io.ReadAll would copy them again and again.
		body := bytes.NewBuffer(make([]byte, 0, max(0, r.ContentLength)+bytes.MinRead))
		_, err := body.ReadFrom(r.Body)
		r.Body.Close()
		if err != nil {
			return nil, err
		}
		data = body.Bytes()
	}
	id, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	part, name, _ := strings.Cut(path, "/")
	answer := &http.Response{StatusCode: http.StatusOK, Request: r, Header: http.Header{}}
	answer.Body = io.NopCloser(strings.NewReader(""))
	err := w.effect(r.Context(), fmt.Sprintf("put part %s of %s", part, name), func() error {
		until, _ := strconv.ParseInt(r.URL.Query().Get("until"), 10, 64)
		n, err := strconv.ParseInt(part, 10, 64)
		switch {
		case err != nil:
			return err
		case time.Now().Unix() > until || r.Header.Get("X-Signed") != id ||
			r.Header.Get("Authorization") != "" || r.Method != http.MethodPut:
			answer.StatusCode = http.StatusForbidden
			answer.Body = io.NopCloser(strings.NewReader(
				"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"))
			return nil
		case r.ContentLength != int64(len(data)):
			answer.StatusCode = http.StatusBadRequest
			return nil
		}
		w.uploads[id].temporary[n] = data
		return nil
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// bucketsOnly are the calls that only a project's plan makes. The tests of
// those have a Synapse with the server's own rules.
type bucketsOnly struct{}

var errBucketsOnly = errors.New("not of a bucket's plan")

func (bucketsOnly) CopyFileHandles(
	context.Context, synapse.CopyHandlesRequest,
) (out synapse.CopyHandlesResult, err error) {
	return out, errBucketsOnly
}

func (bucketsOnly) CreateActivity(
	context.Context, synapse.Activity,
) (out synapse.Activity, err error) {
	return out, errBucketsOnly
}

func (bucketsOnly) Versions(context.Context, string, int, int) (out synapse.Versions, err error) {
	return out, errBucketsOnly
}

func (bucketsOnly) EntityVersion(
	context.Context, string, int64,
) (out synapse.Entity, err error) {
	return out, errBucketsOnly
}

func (bucketsOnly) VersionBundle(
	context.Context, string, int64, synapse.BundleRequest,
) (out synapse.Bundle, err error) {
	return out, errBucketsOnly
}

func (bucketsOnly) UpdateVersionFileHandle(
	context.Context, string, int64, synapse.FileHandleUpdate,
) error {
	return errBucketsOnly
}
