package faults

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"synapse-migrate/migrate/sandbox/awsbackend"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// world is a Synapse and an S3 with a destination folder: base key data.
type world struct {
	t *testing.T
	*emulator.Emulator
	amazon *amazon
	// wires make a client's transport, one for each process.
	wires func() http.RoundTripper

	owner, colleague  int64
	token             synapse.Token
	source, folder    string
	to                int64 // the destination's storage location
	beside            int64 // one of the owner's in the same bucket
	own, partner, far int64
	// planned is the state before the run.
	planned emulator.Snapshot

	mu     sync.Mutex
	calls  []string
	arrive arrival
	// forgetful processes note no parts.
	forgetful bool
}

const baseKey = "data"

// newWorld is one without a network, for a bubble.
func newWorld(t *testing.T, managed bool) *world {
	t.Helper()
	t.Cleanup(func() { time.Sleep(afterlife) })
	return newWorldOn(t, managed, inMemory)
}

// newWorldOn is one whose clients reach it as join says.
func newWorldOn(
	t *testing.T, managed bool, join func(*testing.T, map[string]http.Handler) dialer,
) *world {
	t.Helper()
	w := &world{t: t, amazon: newAmazon(t)}
	internal := inMemory(t, map[string]http.Handler{hostInternal: w.amazon})
	w.Emulator = emulator.New(emulator.Options{
		Bucket: bucketSynapse, Vendor: w.amazon, Now: w.amazon.clock.now,
		Storage: awsbackend.New(awsbackend.Options{
			S3Endpoint: "http://" + hostInternal, PublicS3Endpoint: "http://" + hostS3,
			AccessKeyID: "AKIASYNAPSE", SecretAccessKey: "secret",
			HTTPClient: &http.Client{Transport: internal.transport(t)},
		}),
	})
	outside := join(t, map[string]http.Handler{
		hostSynapse: gate{synapseCall, w.Emulator, w.arrived},
		hostS3:      gate{s3Call, w.amazon, w.arrived},
	})
	w.wires = func() http.RoundTripper { return outside.transport(t) }
	w.populate(managed)
	return w
}

// arrived notes a call.
func (w *world) arrived(name string) *fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, name)
	if w.arrive == nil {
		return nil
	}
	return w.arrive(name)
}

// populate makes people, storage locations, the destination and an empty
// source.
func (w *world) populate(managed bool) {
	w.t.Helper()
	w.owner = w.AddUser(emulator.User{Name: "ada", Certified: true})
	w.colleague = w.AddUser(emulator.User{Name: "bob", Certified: true})
	w.token = synapse.Token(w.AddToken(w.owner, nil, 0))
	w.source = w.AddProject(w.owner, "Study")
	w.folder = w.must(w.AddFolder(w.owner, w.AddProject(w.owner, "Home"), "STS"))
	if managed {
		sts := true
		w.to = w.AddStorageLocation(synapse.StorageLocation{
			ConcreteType: synapse.TypeS3StorageLocation, BaseKey: "7/managed", StsEnabled: &sts, CreatedBy: w.owner,
		})
	} else {
		w.to = w.external(w.owner, bucketLab, baseKey, true)
	}
	w.beside = w.external(w.owner, bucketLab, "", false)
	w.own = w.external(w.owner, bucketOwn, "", false)
	w.partner = w.external(w.colleague, bucketPartner, "", false)
	w.far = w.external(w.colleague, bucketFar, "", false)
	w.check(w.SetUploadSetting(w.folder, w.to))
}

func (w *world) external(owner int64, bucket, base string, sts bool) int64 {
	return w.AddStorageLocation(synapse.StorageLocation{
		ConcreteType: synapse.TypeExternalS3StorageLocation, Bucket: bucket, BaseKey: base,
		StsEnabled: &sts, CreatedBy: owner,
	})
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) must(id string, err error) string {
	w.t.Helper()
	w.check(err)
	return id
}

// client is a new process's, with a budget that doesn't hold it up.
func (w *world) client(transport http.RoundTripper, endpoint string) *synapse.Client {
	w.t.Helper()
	c, err := synapse.New(synapse.Options{
		Endpoint: endpoint, Token: w.token, Transport: transport, AllowPlainHTTP: true,
		Budget: synapse.NewBudget(synapse.BudgetOptions{Requests: 1 << 20, Window: time.Millisecond}),
	})
	w.check(err)
	return c
}

// handle enters a file handle with its object; without an MD5 where the
// handle is to have none.
func (w *world) handle(location int64, bucket, key string, data []byte, knownMD5 bool) string {
	w.t.Helper()
	w.amazon.put(w.t, bucket, key, data)
	size := int64(len(data))
	h := synapse.FileHandle{
		CreatedBy: fmt.Sprint(w.colleague), StorageLocationID: &location, BucketName: bucket, Key: key,
		ContentSize: &size, ContentType: "text/plain", FileName: "was.txt",
	}
	if knownMD5 {
		h.ContentMD5 = md5Of(data)
	}
	return w.AddFileHandle(h)
}

func md5Of(data []byte) string {
	sum := md5.Sum(data)
	return hex.EncodeToString(sum[:])
}

// large is an object of two parts of the least size, the same at every run.
func large(seed byte) []byte {
	data := make([]byte, 5<<20+1000)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(data)
	return data
}

// tags are annotations.
func tags(text string) map[string]synapse.AnnotationValue {
	return map[string]synapse.AnnotationValue{
		"tissue": {Type: synapse.AnnotationString, Value: []string{text, "b"}},
		"age":    {Type: synapse.AnnotationLong, Value: []string{"7"}},
	}
}
