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
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
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

// InFlight is how many Synapse calls run at once: the server allows three.
const InFlight = 3

// TypeFolder is how a listing names folders.
const TypeFolder = "org.sagebionetworks.repo.model.Folder"

// Client looks at Synapse and at what lies behind a folder. It is safe for
// concurrent use.
type Client struct {
	options Options
	client  *http.Client
	mu      sync.Mutex
	store   *s3.Client
	renew   time.Time
}

// NewClient asks nobody yet.
func NewClient(o Options) *Client { return &Client{options: o, client: &http.Client{}} }

// Child is an entity in a folder. Path is its way from where the walk began,
// names joined with slashes.
type Child struct {
	ID, Name, Type string
	VersionNumber  int64
	Path           string `json:"-"`
}

// allTypes are all that a listing can show.
var allTypes = []string{
	"file", "folder", "link", "table", "entityview", "dockerrepo", "submissionview", "dataset",
	"datasetcollection", "materializedview", "virtualtable", "recordset",
}

// Children lists a folder.
func (c *Client) Children(ctx context.Context, folder Child) ([]Child, error) {
	var all []Child
	request := map[string]any{"parentId": folder.ID, "includeTypes": allTypes}
	for {
		var page struct {
			Page          []Child
			NextPageToken string
		}
		if err := c.Post(ctx, "/repo/v1/entity/children", request, &page); err != nil {
			return nil, fmt.Errorf("listing %s: %w", folder.ID, err)
		}
		for _, child := range page.Page {
			child.Path = strings.TrimPrefix(folder.Path+"/"+child.Name, "/")
			all = append(all, child)
		}
		if page.NextPageToken == "" {
			return all, nil
		}
		request["nextPageToken"] = page.NextPageToken
	}
}

// Read hashes the object behind a file, with the folder's own read-only
// credentials.
func (c *Client) Read(ctx context.Context, file *File) error {
	store, err := c.bucket(ctx)
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
func (c *Client) bucket(ctx context.Context) (*s3.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.store != nil && time.Now().Before(c.renew) {
		return c.store, nil
	}
	var keys struct {
		AccessKeyID     string `json:"accessKeyId"`
		SecretAccessKey string
		SessionToken    string
		Expiration      time.Time
	}
	path := "/repo/v1/entity/" + c.options.Folder + "/sts?permission=read_only"
	if err := c.Call(ctx, http.MethodGet, path, nil, &keys); err != nil {
		return nil, err
	}
	c.renew = time.Now().Add(time.Until(keys.Expiration) / 2)
	c.store = s3.New(s3.Options{
		Region: c.options.Region, UsePathStyle: true, BaseEndpoint: &c.options.S3Endpoint,
		Credentials: aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider(
			keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken)),
	})
	return c.store, nil
}

// Post sends a request to Synapse, and reads the answer.
func (c *Client) Post(ctx context.Context, path string, request, answer any) error {
	return c.Call(ctx, http.MethodPost, path, request, answer)
}

// Call sends a request to Synapse, and reads the answer. The error of another
// status than 2xx begins with it.
func (c *Client) Call(ctx context.Context, method, path string, request, answer any) error {
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, c.options.Endpoint+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+c.options.Token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.client.Do(req)
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
