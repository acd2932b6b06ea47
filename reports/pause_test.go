package reports_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"synapse-migrate/migrate"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/reports"
)

// TestProgressTellsOfPauses: which side is down and since when, in the line
// and below the bars, in place of a time that nobody knows.
func TestProgressTellsOfPauses(t *testing.T) {
	at := func(party effect.Party, bucket string) effect.Service {
		return effect.Service{Party: party, Bucket: bucket}
	}
	synapse := effect.Pause{Service: at(effect.PartySynapse, ""),
		Reason: effect.PauseMaintenance, Lasts: 4 * time.Minute}
	tests := []struct {
		name   string
		pauses []effect.Pause
		want   string
	}{
		{"maintenance", []effect.Pause{synapse}, "paused: Synapse is in maintenance, since 4m0s"},
		{"no way to Synapse",
			[]effect.Pause{{Service: at(effect.PartySynapse, ""), Reason: effect.PauseUnreachable, Lasts: time.Hour}},
			"paused: Synapse can't be reached, since 1h 0m"},
		{"a bucket, with a hostile name",
			[]effect.Pause{{Service: at(effect.PartySource, "lab\x1b[31m"), Reason: effect.PauseUnreachable}},
			`paused: the source (lab\x1b[31m) can't be reached, since 0s`},
		{"URLs",
			[]effect.Pause{{Service: at(effect.PartySource, ""), Reason: effect.PauseUnreachable}},
			"paused: the source can't be reached, since 0s"},
		{"credentials",
			[]effect.Pause{synapse, {Service: at(effect.PartyDestination, "sts"), Reason: effect.PauseMaintenance}},
			"since 4m0s; Synapse is in maintenance and gives no credentials for the destination (sts), since 0s"},
	}
	for _, test := range tests {
		for _, terminal := range []bool{false, true} {
			var out bytes.Buffer
			p := reports.NewProgress(&out, terminal, reports.Remaining{Items: 10, SizeBytes: 100}, time.Second)
			p.Progress(migrate.Progress{
				Elapsed: time.Minute, Counts: migrate.Counts{Done: 5, Failed: 1}, Pauses: test.pauses,
			})
			text := out.String()
			if !strings.Contains(text, test.want) || !strings.Contains(text, ", 1 failed") {
				t.Errorf("%s: got %q, want %q and the failed one", test.name, text, test.want)
			}
			if strings.Contains(text, " left") {
				t.Errorf("%s: got %q, which says how long it takes", test.name, text)
			}
		}
	}
}

// TestProgressTellsWhatIsWaitedFor: whose credentials, before all else.
func TestProgressTellsWhatIsWaitedFor(t *testing.T) {
	var out bytes.Buffer
	p := reports.NewProgress(&out, false, reports.Remaining{Items: 10, Waiting: func() (string, time.Duration, bool) {
		return `profile "lab"`, 12 * time.Second, true
	}}, time.Second)
	p.Progress(migrate.Progress{Elapsed: time.Minute, Counts: migrate.Counts{Done: 5}})
	if want := `waiting for new credentials of profile "lab", since 12s`; !strings.Contains(out.String(), want) {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
