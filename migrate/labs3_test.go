package migrate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"synapse-migrate/migrate/effect"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse/emulator"
)

// labStorage is the world's S3 with what Synapse needs for uploads and
// copies.
type labStorage struct{ worldStorage }

// serve is what S3 does for Synapse, which go on when the run is killed.
func (w *world) serve(do func() error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return do()
}

func (s labStorage) Delete(_ context.Context, bucket, key string) error {
	return s.w.serve(func() error {
		delete(s.w.objects, bucket+"/"+key)
		return nil
	})
}

func (s labStorage) PresignPut(
	_ context.Context, bucket, key, _ string, _ time.Duration,
) (string, map[string]string, error) {
	return "https://s3.test/" + bucket + "/" + key + "?X-Amz-Signature=SECRET", nil, nil
}

func (s labStorage) PresignPartCopy(
	_ context.Context, c emulator.PartCopy, _ time.Duration,
) (string, map[string]string, error) {
	document, err := json.Marshal(c)
	headers := map[string]string{
		"x-amz-copy-source":          url.PathEscape(c.SourceBucket + "/" + c.SourceKey),
		"x-amz-copy-source-if-match": c.SourceETag,
	}
	return "https://s3.test/part?copy=" + url.QueryEscape(string(document)), headers, err
}

func (s labStorage) CreateUpload(
	_ context.Context, bucket, key, _ string,
) (id string, err error) {
	err = s.w.serve(func() error {
		id = "s3-" + s.w.id()
		s.w.parts[id] = map[int32]string{}
		return nil
	})
	return id, err
}

func (s labStorage) CopyPart(_ context.Context, c emulator.PartCopy) (etag string, err error) {
	err = s.w.serve(func() (err error) {
		etag, err = s.w.copyPart(c)
		return err
	})
	return etag, err
}

// copyPart is UploadPartCopy; the caller holds mu.
func (w *world) copyPart(c emulator.PartCopy) (string, error) {
	object, ok := w.objects[c.SourceBucket+"/"+c.SourceKey]
	switch {
	case !ok:
		return "", emulator.ErrNoObject
	case md5Hex(object.data) != c.SourceETag:
		return "", emulator.ErrPrecondition
	case w.parts[c.UploadID] == nil:
		return "", effect.ErrNoUpload
	}
	data := object.data
	if c.Last >= 0 {
		data = data[c.First : c.Last+1]
	}
	w.parts[c.UploadID][c.PartNumber] = string(data)
	return md5Hex(data), nil
}

func (s labStorage) CompleteUpload(
	_ context.Context, bucket, key, uploadID string, etags []string,
) error {
	return s.w.serve(func() error {
		var whole []byte
		for n, etag := range etags {
			part, ok := s.w.parts[uploadID][int32(n+1)]
			if !ok || md5Hex([]byte(part)) != etag {
				return fmt.Errorf("part %d isn't %s", n+1, etag)
			}
			whole = append(whole, part...)
		}
		delete(s.w.parts, uploadID)
		s.w.objects[bucket+"/"+key] = fakeObject{data: whole}
		return nil
	})
}

func (s labStorage) AbortUpload(_ context.Context, _, _, uploadID string) error {
	return s.w.serve(func() error {
		delete(s.w.parts, uploadID)
		return nil
	})
}

// labS3 is S3 behind the presigned URLs.
type labS3 struct{ *world }

func (s labS3) RoundTrip(r *http.Request) (*http.Response, error) {
	var data []byte
	if r.Body != nil {
		var err error
		if data, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	status, answer := http.StatusOK, ""
	copied := r.URL.Query().Get("copy")
	name := "put " + r.URL.Path
	if copied != "" {
		name = "copy part"
	}
	err := s.effect(r.Context(), name, func() error {
		if copied == "" {
			s.objects[strings.TrimPrefix(r.URL.Path, "/")] = fakeObject{data: data}
			return nil
		}
		var c emulator.PartCopy
		if err := json.Unmarshal([]byte(copied), &c); err != nil {
			return err
		}
		status, answer = s.answerCopy(r, c)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if s.answers[name] != nil {
		status, answer = s.answers[name](status, answer)
	}
	return &http.Response{
		StatusCode: status, Request: r, Header: http.Header{},
		Body: io.NopCloser(bytes.NewReader([]byte(answer))),
	}, nil
}

// answerCopy copies a part as S3 does; the caller holds mu.
func (s labS3) answerCopy(r *http.Request, c emulator.PartCopy) (int, string) {
	if r.Method != http.MethodPut || r.ContentLength != 0 ||
		r.Header.Get("x-amz-copy-source-if-match") != c.SourceETag ||
		r.Header.Get("x-amz-copy-source") != url.PathEscape(c.SourceBucket+"/"+c.SourceKey) {
		return http.StatusForbidden, s3Refusal("SignatureDoesNotMatch")
	}
	etag, err := s.copyPart(c)
	switch {
	case err == nil:
		return http.StatusOK, `<?xml version="1.0" encoding="UTF-8"?><CopyPartResult xmlns="http://s3">` +
			`<LastModified>2026-11-01T00:00:00.000Z</LastModified><ETag>&quot;` + etag +
			`&quot;</ETag></CopyPartResult>`
	case errors.Is(err, emulator.ErrPrecondition):
		return http.StatusPreconditionFailed, s3Refusal("PreconditionFailed")
	case errors.Is(err, effect.ErrNoUpload):
		return http.StatusNotFound, s3Refusal("NoSuchUpload")
	}
	return http.StatusNotFound, s3Refusal("NoSuchKey")
}

func s3Refusal(code string) string { return "<Error><Code>" + code + "</Code></Error>" }

// ownObjects is the world as OwnObjects.
type ownObjects struct{ *world }

func (o ownObjects) Head(ctx context.Context, bucket, key string) (d planner.Detail, err error) {
	err = o.effect(ctx, "head copy", func() error {
		object, ok := o.objects[bucket+"/"+key]
		if !ok {
			return transfer.ErrNotFound
		}
		d.Object = planner.Object{
			Bucket: bucket, Key: key, ETag: md5Hex(object.data), SizeBytes: int64(len(object.data)),
		}
		return nil
	})
	return d, err
}

func (o ownObjects) Remove(ctx context.Context, bucket, key, etag string) error {
	return o.effect(ctx, "remove copy", func() error {
		if object, ok := o.objects[bucket+"/"+key]; ok && md5Hex(object.data) == etag {
			delete(o.objects, bucket+"/"+key)
		}
		return nil
	})
}

// madeUp are the objects at keys that Synapse made up.
func (w *world) madeUp() (keys []string) {
	for key := range w.objects {
		if strings.Count(key, "/") == 4 { // bucket, base key, user, UUID, name
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}
