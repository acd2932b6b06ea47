package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Usage is what one round took of one program.
type Usage struct {
	// Wall is from the first process's start to the last one's end, CPU the
	// processor time of the processes, user and system.
	Wall, CPU time.Duration
	// PeakBytes is the largest resident set of any of them, 0 where the
	// system doesn't tell.
	PeakBytes int64
}

// Contestant is one program that does the work to be compared.
type Contestant struct {
	Name string
	// Run does the work of one round, counted from 0. What it does before
	// and after the part it measures is not in the Usage.
	Run func(ctx context.Context, round int) (Usage, error)
}

// Limits bound a comparison. There are Least rounds in any case, and more,
// up to Most, while they have taken less than Time.
type Limits struct {
	Least, Most int
	Time        time.Duration
}

// Ratio is to the baseline's number in the same round; 0 where the
// baseline's number is 0.
type Ratio struct{ Median, Smallest, Largest float64 }

// Result is how one contestant did.
type Result struct {
	Name      string
	Rounds    int
	Wall, CPU Ratio
	// PeakBytes is the largest of all rounds.
	PeakBytes int64
}

// ErrNoRounds is returned for limits that allow none.
var ErrNoRounds = errors.New("no rounds")

// Compare has all contestants do the same work in turns, and returns how
// they did, in their order. The first one is the baseline. An error of any
// of them ends it: a comparison with a program that failed says nothing.
func Compare(
	ctx context.Context, l Limits, contestants []Contestant,
) ([]Result, error) {
	usages := make([][]Usage, len(contestants))
	begun := time.Now()
	rounds := 0
	for rounds < l.Least || rounds < l.Most && time.Since(begun) < l.Time {
		for _, i := range turns(len(contestants), rounds) {
			c := contestants[i]
			u, err := c.Run(ctx, rounds)
			if err != nil {
				return nil, fmt.Errorf("round %d of %s: %w", rounds, c.Name, err)
			}
			usages[i] = append(usages[i], u)
		}
		rounds++
	}
	if rounds == 0 {
		return nil, ErrNoRounds
	}
	results := make([]Result, len(contestants))
	for i, c := range contestants {
		results[i] = judge(c.Name, usages[i], usages[0])
	}
	return results, nil
}

// turns is the order of n contestants in a round: each round begins with
// the next one.
func turns(n, round int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = (round + i) % n
	}
	return order
}

// judge compares a contestant's rounds with the baseline's.
func judge(name string, own, baseline []Usage) Result {
	r := Result{Name: name, Rounds: len(own)}
	var wall, cpu []float64
	for i, u := range own {
		wall = append(wall, quotient(u.Wall, baseline[i].Wall))
		cpu = append(cpu, quotient(u.CPU, baseline[i].CPU))
		r.PeakBytes = max(r.PeakBytes, u.PeakBytes)
	}
	r.Wall, r.CPU = ratioOf(wall), ratioOf(cpu)
	return r
}

func quotient(a, b time.Duration) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// ratioOf sums up the ratios of at least one round.
func ratioOf(rounds []float64) Ratio {
	sorted := slices.Sorted(slices.Values(rounds))
	n := len(sorted)
	return Ratio{
		Median:   (sorted[(n-1)/2] + sorted[n/2]) / 2,
		Smallest: sorted[0],
		Largest:  sorted[n-1],
	}
}
