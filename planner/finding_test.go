package planner_test

import (
	"testing"

	"synapse-migrate/planner"
)

func TestNumbersAndPlurals(t *testing.T) {
	for n, want := range map[int64][2]string{
		0: {"0", "0 files"}, 1: {"1", "1 file"}, 999: {"999", "999 files"}, 1000: {"1,000", "1,000 files"},
		-200: {"-200", "-200 files"}, 12345678: {"12,345,678", "12,345,678 files"},
	} {
		equal(t, "number", planner.Number(n), want[0])
		equal(t, "with its noun", planner.Plural(n, "file", "files"), want[1])
	}
}
