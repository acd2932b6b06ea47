package faults

import (
	"flag"
	"math/rand/v2"
	"testing"
	"time"
)

// seedFlag replays what a seed made happen.
var seedFlag = flag.Uint64("seed", 0, "replays what `number` made happen; 0 is another each time")

// chance is a source of random numbers, whose seed the test prints.
func chance(t *testing.T) *rand.Rand {
	t.Helper()
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("go test ./migrate/faults -run '^%s$' -seed %d makes the same choices again", t.Name(), seed)
	return rand.New(rand.NewPCG(seed, 0))
}
