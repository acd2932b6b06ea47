package reports_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"synapse-migrate/migrate"
	"synapse-migrate/reports"
	"synapse-migrate/synapse"
)

// standing is a budget that stands as a test says.
type standing struct {
	standing synapse.Standing
	counters synapse.Counters
}

func (s *standing) Standing() synapse.Standing { return s.standing }

func (s *standing) Counters() synapse.Counters { return s.counters }

// tell is what a line says of a run's progress.
func tell(budget *standing, remaining reports.Remaining, now migrate.Progress) string {
	var out bytes.Buffer
	counters := budget.counters
	budget.counters = synapse.Counters{}
	remaining.Budget = budget
	p := reports.NewProgress(&out, false, remaining, time.Second)
	budget.counters = counters
	p.Progress(now)
	return out.String()
}

// used is a budget of the service's own size of which all was used in one
// burst, so many seconds ago.
func used(ago time.Duration) synapse.Standing {
	s := synapse.Standing{Requests: synapse.DefaultRequests, Window: synapse.DefaultWindow,
		MaxInFlight: synapse.DefaultInFlight, RateBound: true}
	for range s.Requests {
		s.Free = append(s.Free, s.Window-ago)
	}
	return s
}

// TestTimeLeftIsTheWindows: after a burst the rest waits for the window's
// end, and after such a wait the next burst is as fast as the first.
func TestTimeLeftIsTheWindows(t *testing.T) {
	tests := []struct {
		name    string
		budget  standing
		elapsed time.Duration
		done    int64
		calls   int64
		want    string
	}{
		{"20 items of a burst are left", standing{standing: used(20 * time.Second),
			counters: synapse.Counters{RateBound: 15 * time.Second}},
			20 * time.Second, 300, 600, "about 40s left, limited by Synapse's rate (600 calls a minute)"},
		{"the window has ended", standing{standing: used(time.Minute),
			counters: synapse.Counters{RateBound: 55 * time.Second}}, time.Minute, 300, 600, "about 0s left"},
	}
	for _, test := range tests {
		got := tell(&test.budget, reports.Remaining{Items: 320, SynapseCalls: 640}, migrate.Progress{
			Elapsed: test.elapsed, Counts: migrate.Counts{Done: test.done},
			SynapseCalls: test.calls, Limit: migrate.LimitSynapse})
		if !strings.Contains(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func TestLimitWordsFollowTheOptions(t *testing.T) {
	slower, faster, one := used(0), used(0), used(0)
	slower.Requests = 300
	faster.Requests = 6000
	one.RateBound, one.InFlightBound, one.MaxInFlight = false, true, 1
	own := one
	own.MaxInFlight = synapse.DefaultInFlight
	tests := []struct {
		standing synapse.Standing
		want     string
	}{
		{used(0), "limited by Synapse's rate (600 calls a minute)"},
		{slower, "limited by --synapse-rate (300 calls a minute)"},
		{faster, "limited by --synapse-rate (6,000 calls a minute)"},
		{one, "limited by --synapse-concurrency (1 at once)"},
		{own, "limited by how fast Synapse answers"},
		{synapse.Standing{}, "limited by how fast Synapse answers"},
	}
	for _, test := range tests {
		got := tell(&standing{standing: test.standing}, reports.Remaining{Items: 9},
			migrate.Progress{Elapsed: time.Second, Limit: migrate.LimitSynapse})
		if !strings.Contains(got, test.want) {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

// TestProgressSaysThatSynapseIsSilent: a server that takes calls and doesn't
// answer them is no limit of the rate.
func TestProgressSaysThatSynapseIsSilent(t *testing.T) {
	for silent, want := range map[time.Duration]string{
		10 * time.Second: "limited by how fast Synapse answers",
		2 * time.Minute:  "no answer from Synapse for 2m0s",
	} {
		got := tell(&standing{standing: synapse.Standing{Silent: silent,
			MaxInFlight: synapse.DefaultInFlight, InFlightBound: true}},
			reports.Remaining{Items: 9}, migrate.Progress{Elapsed: 5 * time.Minute,
				Counts: migrate.Counts{Done: 1}, Limit: migrate.LimitSynapse})
		if !strings.Contains(got, want) || strings.Contains(got, " left") && silent > time.Minute {
			t.Errorf("silent for %s: got %q, want %q and no time reckoned", silent, got, want)
		}
	}
}

func TestProgressSaysThatSynapseRefuses(t *testing.T) {
	var out bytes.Buffer
	budget := &standing{}
	p := reports.NewProgress(&out, false, reports.Remaining{Items: 1000, Budget: budget}, 10*time.Second)
	tell := func(seconds int) string {
		out.Reset()
		p.Progress(migrate.Progress{Elapsed: time.Duration(seconds) * time.Second,
			Counts: migrate.Counts{Done: 1}, Limit: migrate.LimitSynapse})
		return out.String()
	}
	const refusing = "Synapse refuses calls"
	if got := tell(10); strings.Contains(got, refusing) {
		t.Errorf("before any refusal: got %q", got)
	}
	budget.counters.Refused++
	if got := tell(20); !strings.Contains(got, refusing) || strings.Contains(got, "left") {
		t.Errorf("after a refusal: got %q, want it named, and no time reckoned", got)
	}
	if got := tell(90); strings.Contains(got, refusing) {
		t.Errorf("long after the refusal: got %q", got)
	}
}
