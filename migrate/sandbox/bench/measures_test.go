//go:build bench

package bench

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
)

// say tells the person who waits.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// keyCount is how many keys are listed; BENCH_KEYS asks for another number.
func keyCount(t *testing.T) int {
	text := os.Getenv("BENCH_KEYS")
	if text == "" {
		return 100_000
	}
	n, err := strconv.Atoi(text)
	if err != nil || n <= 0 {
		t.Fatalf("BENCH_KEYS: %q is no number of keys", text)
	}
	return n
}

// TestMeasures prints all measures as tables to standard output, and writes
// them to the file that BENCH_OUT names. What needs this process small comes
// first: its memory is the least that can be told of the programs it starts.
func TestMeasures(t *testing.T) {
	text := fmt.Sprintf("%s, %s/%s, %d processors; programs compared: %s = 1.\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), Baseline)
	for _, m := range []struct {
		name    string
		measure func(*testing.T) string
	}{
		{"s3", func(t *testing.T) string { return measureS3(t, keyCount(t)) }},
		{"plan", measurePlan}, {"budget", measureBudget}, {"calls", measureCalls},
	} {
		t.Run(m.name, func(t *testing.T) { text += "\n" + m.measure(t) })
	}
	fmt.Print(text)
	if path := os.Getenv("BENCH_OUT"); path != "" && !t.Failed() {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Error(err)
		}
	}
}
