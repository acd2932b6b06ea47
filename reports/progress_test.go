package reports

import (
	"strings"
	"testing"
	"time"

	"synapse-migrate/migrate"
)

func TestProgressBarsFitTheTerminal(t *testing.T) {
	for _, columns := range []int{20, 60, 80, 200} {
		var out strings.Builder
		p := NewProgress(&out, true, Remaining{Items: 10_000_000, SizeBytes: 1 << 50}, 0)
		p.columns = func() int { return columns }
		p.Progress(migrate.Progress{
			Elapsed: 100 * time.Hour, Limit: migrate.LimitSynapse,
			Counts: migrate.Counts{Done: 9_000_000, Failed: 900_000, DoneBytes: 1 << 49},
		})
		moves := strings.NewReplacer("\r", "", "\x1b[K", "", "\x1b[2A", "")
		for _, line := range strings.Split(moves.Replace(out.String()), "\n") {
			if n := len([]rune(line)); n >= columns {
				t.Errorf("on %d columns a line has %d characters: %q", columns, n, line)
			}
		}
	}
}

func TestBarsLeaveRoomForNumbers(t *testing.T) {
	for columns, want := range map[int]int{0: 24, 20: 4, 70: 14, 300: 24} {
		if got := barWidth(columns); got != want {
			t.Errorf("barWidth(%d): got %d, want %d", columns, got, want)
		}
	}
}
