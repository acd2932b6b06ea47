//go:build bench

package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sync/errgroup"

	"synapse-migrate/migrate"
	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// workVariable holds the work of our own process, as JSON.
const workVariable = "BENCH_WORK"

// work is what our own process does.
type work struct {
	// Kind is copy, stream, list, fill, plan or record.
	Kind             string
	Endpoint, Region string
	From, To         string
	// Items are for fill, plan and record, SizeBytes for fill, Folder is
	// for plan and record.
	Items     int
	SizeBytes int64
	Folder    string
}

// report is what our own process says of it.
type report struct {
	Objects int64
	Calls   map[string]int64
	// Seconds, HeapBytes and FileBytes are those of plan and record.
	Seconds              float64
	HeapBytes, FileBytes int64
}

func init() { roles["ours"] = ours }

// ours does the work with the packages and the numbers of workers that
// migrate uses.
func ours() int {
	var w work
	err := json.Unmarshal([]byte(os.Getenv(workVariable)), &w)
	var r report
	if err == nil {
		r, err = w.do(context.Background())
	}
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(r)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// step is the process that does the work.
func (w work) step(t interface{ Fatal(...any) }, s Site) Step {
	w.Endpoint, w.Region = s.Endpoint, s.Region
	text, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	env, _ := awsEnvironment(s)
	return Step{Args: []string{self}, Env: append(env,
		roleVariable+"=ours", workVariable+"="+string(text), "TMPDIR="+os.TempDir())}
}

func (w work) do(ctx context.Context) (report, error) {
	switch w.Kind {
	case "plan":
		return w.plan(ctx)
	case "record":
		return w.record(ctx)
	case "fill":
		s := reach(w.Endpoint, os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"))
		return report{}, s.fill(ctx, w.From, w.Items, w.SizeBytes)
	}
	return w.move(ctx)
}

// store is made as cmd/migrate makes one.
func (w work) store() (*objectstore.Store, error) {
	return objectstore.New(objectstore.Options{
		Credentials: credentials.Static(
			os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), ""),
		Region: w.Region, Endpoint: w.Endpoint, PathStyle: true,
	})
}

// move lists a bucket and brings its objects into another one.
func (w work) move(ctx context.Context) (report, error) {
	source, err := w.store()
	if err != nil {
		return report{}, err
	}
	destination, err := w.store()
	if err != nil {
		return report{}, err
	}
	mover := objectstore.NewMover(source, destination, objectstore.MoverOptions{})
	bring := map[string]func(context.Context, transfer.Request) (transfer.Result, error){
		"copy": mover.Copy, "stream": mover.Stream,
	}[w.Kind]
	r := report{}
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(migrate.DefaultWorkers)
	for page, err := range source.List(ctx, w.From, "", "") {
		if err != nil {
			return r, errors.Join(err, group.Wait())
		}
		r.Objects += int64(len(page))
		for _, o := range page {
			if bring != nil {
				group.Go(func() error { return w.one(inner, bring, o) })
			}
		}
	}
	return r, group.Wait()
}

// one brings one object.
func (w work) one(ctx context.Context,
	bring func(context.Context, transfer.Request) (transfer.Result, error), o planner.Object,
) error {
	result, err := bring(ctx, transfer.Request{
		Source: o, Bucket: w.To, Key: o.Key,
		Save: func(context.Context, transfer.Upload) error { return nil },
	})
	if err == nil && result.Object.SizeBytes != o.SizeBytes {
		err = fmt.Errorf("%q: %d bytes arrived", o.Key, result.Object.SizeBytes)
	}
	return err
}
