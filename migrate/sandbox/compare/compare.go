// Package compare looks at a migrated folder from outside: it walks the
// tree through Synapse's plain HTTP interface, fetches every file with the
// folder's own read-only credentials, and hashes it. It shares no code with
// the migration, so that what it finds is a second opinion.
package compare

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sort"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sync/errgroup"
)

// Options say where to look.
type Options struct {
	// Endpoint is Synapse's base URL, Token the caller's access token.
	Endpoint, Token string
	// S3Endpoint and Region reach the bucket; path style is used.
	S3Endpoint, Region string
	// Folder is the entity ID of the folder to walk.
	Folder string
}

// File is one file entity as found, and the bytes behind it.
type File struct {
	EntityID string
	Versions int64
	// HandleMD5 and HandleSizeBytes are what Synapse's file handle says.
	HandleMD5       string
	HandleSizeBytes int64
	Bucket, Key     string
	// MD5 and SizeBytes are those of the bytes in S3.
	MD5       string
	SizeBytes int64
	// ContentType is the file handle's.
	ContentType string
}

// Tree is a walked folder: its files and its sub-folders by path, names
// joined with slashes.
type Tree struct {
	Files   map[string]File
	Folders map[string]string
}

// inFlight is how many Synapse calls run at once: the server allows three.
const inFlight = 3

type walker struct {
	options Options
	client  *http.Client
	mu      sync.Mutex
	tree    Tree
	store   *s3.Client
	renew   time.Time
}

// Walk reads the whole tree and every object in it. A path that occurs
// twice is an error, since nothing must be there twice.
func Walk(ctx context.Context, o Options) (Tree, error) {
	w := &walker{options: o, client: &http.Client{}}
	w.tree = Tree{Files: map[string]File{}, Folders: map[string]string{}}
	level := []folder{{id: o.Folder}}
	for len(level) > 0 {
		next, err := w.level(ctx, level)
		if err != nil {
			return Tree{}, err
		}
		level = next
	}
	return w.tree, nil
}

type folder struct{ id, path string }

// level visits the folders of one depth and returns those below.
func (w *walker) level(ctx context.Context, folders []folder) ([]folder, error) {
	var next []folder
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(inFlight)
	for _, f := range folders {
		group.Go(func() error {
			below, err := w.visit(ctx, f)
			w.mu.Lock()
			defer w.mu.Unlock()
			next = append(next, below...)
			return err
		})
	}
	return next, group.Wait()
}

type child struct {
	ID, Name, Type string
	VersionNumber  int64
}

func (w *walker) visit(ctx context.Context, f folder) ([]folder, error) {
	var below []folder
	request := map[string]any{"parentId": f.id, "includeTypes": allTypes}
	for {
		var page struct {
			Page          []child
			NextPageToken string
		}
		if err := w.post(ctx, "/repo/v1/entity/children", request, &page); err != nil {
			return nil, fmt.Errorf("listing %s: %w", f.id, err)
		}
		for _, c := range page.Page {
			path := c.Name
			if f.path != "" {
				path = f.path + "/" + c.Name
			}
			if c.Type == "org.sagebionetworks.repo.model.Folder" {
				below = append(below, folder{c.ID, path})
			}
			if err := w.add(ctx, c, path); err != nil {
				return nil, err
			}
		}
		if page.NextPageToken == "" {
			return below, nil
		}
		request["nextPageToken"] = page.NextPageToken
	}
}

func (w *walker) add(ctx context.Context, c child, path string) error {
	if c.Type == "org.sagebionetworks.repo.model.Folder" {
		return w.keep(path, func() { w.tree.Folders[path] = c.ID })
	}
	file, err := w.file(ctx, c)
	if err != nil {
		return fmt.Errorf("%s (%q): %w", c.ID, path, err)
	}
	return w.keep(path, func() { w.tree.Files[path] = file })
}

func (w *walker) keep(path string, add func()) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, file := w.tree.Files[path]
	_, dir := w.tree.Folders[path]
	if file || dir {
		return fmt.Errorf("%q is there twice", path)
	}
	add()
	return nil
}

// file looks at one file entity and reads its object.
func (w *walker) file(ctx context.Context, c child) (File, error) {
	var bundle struct {
		FileHandles []struct {
			BucketName, Key, ContentMd5, ContentType string
			ContentSize                              int64
			IsPreview                                bool
		}
	}
	err := w.post(ctx, "/repo/v1/entity/"+c.ID+"/bundle2",
		map[string]any{"includeFileHandles": true}, &bundle)
	if err != nil {
		return File{}, err
	}
	file := File{EntityID: c.ID, Versions: c.VersionNumber}
	for _, h := range bundle.FileHandles {
		if h.IsPreview {
			continue
		}
		file.Bucket, file.Key, file.ContentType = h.BucketName, h.Key, h.ContentType
		file.HandleMD5, file.HandleSizeBytes = h.ContentMd5, h.ContentSize
	}
	if file.Key == "" {
		return File{}, fmt.Errorf("no file handle")
	}
	err = w.read(ctx, &file)
	return file, err
}

// read hashes the object behind a file.
func (w *walker) read(ctx context.Context, file *File) error {
	store, err := w.bucket(ctx)
	if err != nil {
		return err
	}
	out, err := store.GetObject(ctx, &s3.GetObjectInput{Bucket: &file.Bucket, Key: &file.Key})
	if err != nil {
		return err
	}
	defer func() { _ = out.Body.Close() }()
	hash := md5.New()
	file.SizeBytes, err = io.Copy(hash, out.Body)
	file.MD5 = hex.EncodeToString(hash.Sum(nil))
	return err
}

// bucket returns a client with the folder's read-only credentials, fetched
// anew when half of their life is over.
func (w *walker) bucket(ctx context.Context) (*s3.Client, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.store != nil && time.Now().Before(w.renew) {
		return w.store, nil
	}
	var c struct {
		AccessKeyID     string `json:"accessKeyId"`
		SecretAccessKey string
		SessionToken    string
		Expiration      time.Time
	}
	path := "/repo/v1/entity/" + w.options.Folder + "/sts?permission=read_only"
	if err := w.call(ctx, http.MethodGet, path, nil, &c); err != nil {
		return nil, err
	}
	w.renew = time.Now().Add(time.Until(c.Expiration) / 2)
	w.store = s3.New(s3.Options{
		Region: w.options.Region, UsePathStyle: true, BaseEndpoint: &w.options.S3Endpoint,
		Credentials: aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider(
			c.AccessKeyID, c.SecretAccessKey, c.SessionToken)),
	})
	return w.store, nil
}

func (w *walker) post(ctx context.Context, path string, request, answer any) error {
	return w.call(ctx, http.MethodPost, path, request, answer)
}

func (w *walker) call(ctx context.Context, method, path string, request, answer any) error {
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, w.options.Endpoint+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+w.options.Token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := w.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %s: %.200s", method, req.URL.Path, resp.Status, text)
	}
	return json.Unmarshal(text, answer)
}

// Want is what a file should be.
type Want struct {
	MD5       string
	SizeBytes int64
}

// Diff names every difference between what should be there and what is,
// sorted by path; an empty list means that the tree is right.
func Diff(want map[string]Want, got Tree) []string {
	var diff []string
	say := func(format string, args ...any) { diff = append(diff, fmt.Sprintf(format, args...)) }
	for path, w := range want {
		g, there := got.Files[path]
		switch {
		case !there:
			say("%q: missing", path)
		case g.MD5 != w.MD5 || g.SizeBytes != w.SizeBytes:
			say("%q: bytes differ: %s (%d bytes), want %s (%d bytes)",
				path, g.MD5, g.SizeBytes, w.MD5, w.SizeBytes)
		case g.HandleMD5 != w.MD5 || g.HandleSizeBytes != w.SizeBytes:
			say("%q: file handle differs: %s (%d bytes), want %s (%d bytes)",
				path, g.HandleMD5, g.HandleSizeBytes, w.MD5, w.SizeBytes)
		case g.Versions != 1:
			say("%q: %d versions, want 1", path, g.Versions)
		}
	}
	for path, g := range got.Files {
		if _, wanted := want[path]; !wanted {
			say("%q: not wanted (%s)", path, g.EntityID)
		}
	}
	sort.Strings(diff)
	return diff
}
