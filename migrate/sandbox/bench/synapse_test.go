//go:build bench

package bench

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"time"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/planner/destination"
	"synapse-migrate/planner/listing"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// sum is the MD5 that made-up objects have.
const sum = "d41d8cd98f00b204e9800998ecf8427e"

// madeUp lists n keys below a prefix in folders of 1,000, without holding
// them.
type madeUp struct{ n int }

func (m madeUp) List(
	ctx context.Context, bucket, prefix, _ string,
) iter.Seq2[[]planner.Object, error] {
	return func(yield func([]planner.Object, error) bool) {
		for at := 0; at < m.n; at += 1000 {
			page := make([]planner.Object, 0, 1000)
			for i := at; i < min(at+1000, m.n); i++ {
				key := fmt.Sprintf("%sbatch-%06d/sample-%09d.fastq.gz", prefix, i/1000, i)
				page = append(page, planner.Object{
					Bucket: bucket, Key: key, SizeBytes: 1, ETag: sum,
				})
			}
			if !yield(page, ctx.Err()) {
				return
			}
		}
	}
}

func (m madeUp) Head(_ context.Context, bucket, key string) (planner.Detail, error) {
	return planner.Detail{ETagsAreMD5: true, Object: planner.Object{
		Bucket: bucket, Key: key, SizeBytes: 1, ETag: sum,
	}}, nil
}

// madeUpStorage is the same as Synapse sees it.
type madeUpStorage struct{ emulator.Storage }

func (madeUpStorage) Region(context.Context, string) (string, error) { return "us-east-1", nil }

func (madeUpStorage) Head(context.Context, string, string) (emulator.ObjectInfo, error) {
	return emulator.ObjectInfo{SizeBytes: 1, ETag: sum}, nil
}

// inside is a Synapse with its own rules and throttles in this process.
type inside struct {
	*emulator.Emulator
	client *synapse.Client
	budget *synapse.Budget
	folder string
}

// newInside has a user who owns an STS folder.
func newInside() (*inside, error) {
	e := emulator.New(emulator.Options{
		Storage: madeUpStorage{}, Throttle: true, Bucket: "synapse",
	})
	s := &inside{Emulator: e, budget: synapse.NewBudget(synapse.BudgetOptions{})}
	owner := e.AddUser(emulator.User{Name: "owner", Certified: true})
	sts := true
	location := e.AddStorageLocation(synapse.StorageLocation{
		ConcreteType: synapse.TypeExternalS3StorageLocation,
		Bucket:       "lab", BaseKey: "base", StsEnabled: &sts, CreatedBy: owner,
	})
	var err error
	s.folder, err = e.AddFolder(owner, e.AddProject(owner, "project"), "folder")
	if err == nil {
		err = e.SetUploadSetting(s.folder, location)
	}
	if err == nil {
		s.client, err = synapse.New(synapse.Options{
			Endpoint: "https://synapse.test", Token: synapse.Token(e.AddToken(owner, nil, 0)),
			Budget: s.budget, Transport: s,
		})
	}
	return s, err
}

// RoundTrip serves a request without a network.
func (s *inside) RoundTrip(r *http.Request) (*http.Response, error) {
	r.RemoteAddr = "127.0.0.1:1"
	recorder := httptest.NewRecorder()
	s.ServeHTTP(recorder, r)
	response := recorder.Result()
	response.Request = r
	return response, r.Context().Err()
}

// plan plans made-up objects that lie where they belong into a run file.
func (s *inside) plan(
	ctx context.Context, path string, items int, o planner.Observer,
) (*checkpoint.File, planner.Plan, error) {
	to, facts, err := destination.Examine(ctx, s.client, s.folder, nil)
	if err != nil {
		return nil, planner.Plan{}, err
	}
	header := planner.Header{
		Source: planner.Source{Bucket: "lab", Prefix: "base/"}, Destination: to,
		Caller: facts.Caller, CreatedOn: time.Now(),
	}
	file, err := checkpoint.Create(ctx, path, header)
	if err != nil {
		return nil, planner.Plan{}, err
	}
	source := madeUp{items}
	b := listing.Planner{
		Header: header, Facts: facts, Source: source, Examine: source,
		Store: file, Reviewer: file, Observer: o,
	}
	plan, err := b.Plan(ctx)
	for _, a := range plan.Totals.Actions {
		if err == nil && (a.Action != planner.ActionRegister || a.Items != int64(items)) {
			err = fmt.Errorf("planned %d items to %s", a.Items, a.Action)
		}
	}
	return file, plan, err
}

// runFile is the run file's path in a folder.
func runFile(folder string) string { return filepath.Join(folder, "bench.run") }
