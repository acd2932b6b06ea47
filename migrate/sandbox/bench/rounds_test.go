package bench

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// scripted takes the given times, round by round, and notes its turns.
func scripted(name string, turns *[]string, took ...time.Duration) Contestant {
	return Contestant{Name: name, Run: func(_ context.Context, round int) (Usage, error) {
		*turns = append(*turns, name)
		d := took[round]
		return Usage{Wall: d, CPU: d / 2, PeakBytes: int64(d)}, nil
	}}
}

func TestCompareTakesTurnsAndRatiosPerRound(t *testing.T) {
	var order []string
	got, err := Compare(t.Context(), Limits{Least: 3}, []Contestant{
		scripted("base", &order, 10, 100, 20),
		scripted("slow", &order, 20, 110, 80), // 2, 1.1, 4
	})
	if err != nil {
		t.Fatal(err)
	}
	one, slow := Ratio{1, 1, 1}, Ratio{Median: 2, Smallest: 1.1, Largest: 4}
	want := []Result{
		{Name: "base", Rounds: 3, Wall: one, CPU: one, PeakBytes: 100},
		{Name: "slow", Rounds: 3, Wall: slow, CPU: slow, PeakBytes: 110},
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("results (-got +want):\n%s", diff)
	}
	wantOrder := []string{"base", "slow", "slow", "base", "base", "slow"}
	if !slices.Equal(order, wantOrder) {
		t.Errorf("order %v, want %v", order, wantOrder)
	}
}

func TestCompareRounds(t *testing.T) {
	for _, c := range []struct {
		name   string
		limits Limits
		want   int
		err    error
	}{
		{"least although out of time", Limits{Least: 2, Most: 5}, 2, nil},
		{"most while there is time", Limits{Least: 1, Most: 4, Time: time.Hour}, 4, nil},
		{"none", Limits{}, 0, ErrNoRounds},
	} {
		t.Run(c.name, func(t *testing.T) {
			var order []string
			took := make([]time.Duration, 9)
			_, err := Compare(t.Context(), c.limits, []Contestant{scripted("a", &order, took...)})
			if !errors.Is(err, c.err) || len(order) != c.want {
				t.Errorf("got %d rounds, %v; want %d, %v", len(order), err, c.want, c.err)
			}
		})
	}
}

func TestCompareStopsAtAFailure(t *testing.T) {
	broken := errors.New("broken")
	var order []string
	_, err := Compare(t.Context(), Limits{Least: 2}, []Contestant{
		{Name: "bad", Run: func(context.Context, int) (Usage, error) { return Usage{}, broken }},
		scripted("good", &order, 1, 1),
	})
	if !errors.Is(err, broken) || len(order) != 0 {
		t.Errorf("got %v after %v, want %v at once", err, order, broken)
	}
}

func TestRatioOfEvenRounds(t *testing.T) {
	got := ratioOf([]float64{4, 1, 3, 2})
	if want := (Ratio{Median: 2.5, Smallest: 1, Largest: 4}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestQuotientOfNothing(t *testing.T) {
	if got := quotient(5, 0); got != 0 {
		t.Errorf("got %v, want 0", got)
	}
}
