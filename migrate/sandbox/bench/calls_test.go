//go:build bench

package bench

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/migrate/sandbox/sandboxtest"
)

// way is how objects become one action.
type way struct {
	action, bucket, prefix, to string
	args                       []string
}

func ways(box *sandboxtest.Instance) []way {
	inPlace := box.External.BaseKey + "/register"
	return []way{
		{"register", box.Destination, inPlace, box.External.ID, nil},
		{"copy", box.Source, "copy", box.External.ID, []string{"--dest-credentials", "source"}},
		{"stream", box.Source, "stream", box.External.ID, nil},
		{"upload", box.Source, "upload", box.Managed.ID, nil},
	}
}

// objectBytes is the size of each object.
const objectBytes = 1 << 10

// cost is what the program asked for while it planned or ran.
type cost struct {
	synapse int64
	s3      map[string]int64
	s3Bytes int64
}

// measureCalls has the program itself migrate into the sandbox, and counts
// there: the difference between 110 objects and 10 is what 100 take.
func measureCalls(t *testing.T) string {
	box := sandboxtest.Start(t, "--throttle=false")
	var rows [][]string
	for _, w := range ways(box) {
		fewPlan, fewRun := migrateOnce(t, box, w, "few", 10)
		manyPlan, manyRun := migrateOnce(t, box, w, "many", 110)
		planned, ran := manyPlan.since(fewPlan), manyRun.since(fewRun)
		rows = append(rows, []string{
			w.action, number(planned.synapse, 100), number(ran.synapse, 100),
			PerObject(planned.s3, 100), PerObject(ran.s3, 100),
			number(ran.s3Bytes, 100*objectBytes),
		})
		say("%v", rows[len(rows)-1])
	}
	return Table([]string{"one object more", "Synapse calls, planning", "Synapse calls, running",
		"S3 requests, planning", "S3 requests, running", "bytes through migrate, per byte"}, rows)
}

// migrateOnce plans and runs n objects.
func migrateOnce(
	t *testing.T, box *sandboxtest.Instance, w way, name string, n int,
) (plan, run cost) {
	prefix := fmt.Sprintf("%s/%s/", w.prefix, name)
	body := string(bytes.Repeat([]byte("x"), objectBytes))
	for i := range n {
		box.Put(t, w.bucket, fmt.Sprintf("%s%s-%s-%04d.bin", prefix, w.action, name, i), body)
	}
	args := append([]string{
		"bucket", "s3://" + w.bucket + "/" + prefix, "--to", w.to, "--no-progress",
		"--run", filepath.Join(t.TempDir(), "run"),
	}, w.args...)
	plan = runProgram(t, box, append(args, "--dry-run"))
	return plan, runProgram(t, box, append(args, "--yes"))
}

// runProgram runs migrate once and says what it asked for.
func runProgram(t *testing.T, box *sandboxtest.Instance, args []string) cost {
	t.Helper()
	binary := os.Getenv("MIGRATE_BINARY")
	if binary == "" {
		t.Fatal("MIGRATE_BINARY is not set; run make bench")
	}
	box.ResetCounts()
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Env = append(box.Environment(), "HOME="+t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("migrate %v: %v\n%s", args, err, out)
	}
	counts := box.S3Counts()
	delete(counts.Principals, "root")
	delete(counts.Principals, "synapse")
	sum := counts.Sum()
	return cost{
		synapse: box.Calls().Total(), s3: together(sum),
		s3Bytes: sum.BytesIn + sum.BytesOut,
	}
}

// together are requests that succeeded and those that didn't.
func together(c describe.S3Count) map[string]int64 {
	all := map[string]int64{}
	for kind, n := range c.Requests {
		all[kind] += n
	}
	for kind, n := range c.Refused {
		all[kind+" refused"] += n
	}
	return all
}

// since is what came after an earlier cost.
func (c cost) since(earlier cost) cost {
	c.synapse -= earlier.synapse
	c.s3Bytes -= earlier.s3Bytes
	left := map[string]int64{}
	for kind, n := range c.s3 {
		if d := n - earlier.s3[kind]; d != 0 {
			left[kind] = d
		}
	}
	c.s3 = left
	return c
}
