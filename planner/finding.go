package planner

import (
	"strings"

	"github.com/dustin/go-humanize"
)

// RuleID names a rule in reports: topic, slash, short name.
type RuleID string

// Severity says what a finding means for the run.
type Severity string

// The severities.
const (
	// SeverityStop means that the run can't start.
	SeverityStop Severity = "stop"
	// SeverityBlock means that the item is left out, and is listed.
	SeverityBlock Severity = "block"
	// SeverityWarn asks for a look; nothing is held up.
	SeverityWarn Severity = "warn"
	// SeverityInfo is for the record.
	SeverityInfo Severity = "info"
)

// MaxExamples is how many keys a finding keeps as examples.
const MaxExamples = 5

// Finding is what one rule has to say, about the run or about Count items.
type Finding struct {
	Rule     RuleID   `json:"rule"`
	Severity Severity `json:"severity"`
	// Message says what is the case, Hint what the user can do.
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	// Count is the number of items concerned, SizeBytes their sum; both 0
	// for a finding about the run.
	Count     int64 `json:"count,omitempty"`
	SizeBytes int64 `json:"sizeBytes,omitempty"`
	// Examples are source keys, MaxExamples at most; of names/replaced, a
	// key, " becomes " and its path below the destination; of a finding
	// about folders, their paths with a slash at the end, or the words
	// "the destination folder" and its ID. They are hostile input: escape
	// them where they are shown.
	Examples []string `json:"examples,omitempty"`
}

// Plural is a number with its noun.
func Plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Number(n) + " " + many
}

// Number writes n with commas between thousands.
func Number(n int64) string { return humanize.Comma(n) }

// Tally counts the items that a rule concerns.
type Tally struct {
	Count     int64    `json:"count"`
	SizeBytes int64    `json:"sizeBytes"`
	Examples  []string `json:"examples,omitempty"`
}

// Tallies count what each rule concerns.
type Tallies map[RuleID]*Tally

// Add counts one item for a rule, where there is one.
func (t Tallies) Add(rule RuleID, example string, sizeBytes int64) {
	if rule == "" {
		return
	}
	if t[rule] == nil {
		t[rule] = &Tally{}
	}
	t[rule].Add(example, sizeBytes)
}

// Add counts one item; the first MaxExamples keys are kept.
func (t *Tally) Add(key string, sizeBytes int64) {
	t.Count++
	t.SizeBytes += sizeBytes
	if len(t.Examples) < MaxExamples {
		t.Examples = append(t.Examples, strings.ToValidUTF8(key, "\uFFFD"))
	}
}
