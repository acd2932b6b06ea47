package planner

import (
	"fmt"
	"slices"
	"strings"
)

// Topic groups rules.
type Topic string

// The topics, in the order of Rules.
const (
	TopicCaller      Topic = "caller"
	TopicDestination Topic = "destination"
	TopicPlace       Topic = "place"
	TopicNames       Topic = "names"
	TopicLimits      Topic = "limits"
	TopicObjects     Topic = "objects"
	TopicPreviews    Topic = "previews"
	TopicGovernance  Topic = "governance"
	TopicSource      Topic = "source"
	TopicContent     Topic = "content"
	TopicMove        Topic = "move"
	TopicLayout      Topic = "layout"
)

// Rule is something that the planner looks for.
type Rule struct {
	ID       RuleID
	Topic    Topic
	Severity Severity
	// Summary is one sentence for the documentation.
	Summary string
	// Source says who makes the rule: a section of the server's source, a
	// page of S3's documentation, or this program itself.
	Source string

	// one and many are the message of a finding about one item and about
	// several; many has a %s for the number. Findings about the run have
	// their own words.
	one, many string
	hint      string
}

// Rules is every rule, by topic. The slice is the caller's own.
func Rules() []Rule {
	var all []Rule
	for _, topic := range [][]Rule{
		callerRules(), destinationRules(), placeRules(), nameRules(),
		limitRules(), objectRules(), previewRules(), governanceRules(), accessRules(),
		sourceRules(), contentRules(), moveRules(), layoutRules(),
		walkRules(), otherSourceRules(),
	} {
		all = append(all, topic...)
	}
	return all
}

// RuleSummary is the Summary of a rule, empty for an ID that is none.
func RuleSummary(id RuleID) string {
	for _, r := range Rules() {
		if r.ID == id {
			return r.Summary
		}
	}
	return ""
}

// ruleBook finds rules by their ID, and their place in Rules.
type ruleBook struct {
	rules []Rule
	place map[RuleID]int
}

// newRuleBook has the rules in the words of a source.
func newRuleBook(s Source) ruleBook {
	b := ruleBook{rules: Rules(), place: map[RuleID]int{}}
	say := wordsOf(s)
	for i, r := range b.rules {
		b.place[r.ID], b.rules[i] = i, say.rule(r)
	}
	return b
}

func (b ruleBook) rule(id RuleID) Rule { return b.rules[b.place[id]] }

// finding is what the rule has to say about t's items.
func (r Rule) finding(t Tally) Finding {
	message := r.one
	if t.Count != 1 {
		message = fmt.Sprintf(r.many, number(t.Count))
	}
	return Finding{
		Rule: r.ID, Severity: r.Severity, Message: message, Hint: r.hint,
		Count: t.Count, SizeBytes: t.SizeBytes, Examples: t.Examples,
	}
}

// sorted puts findings in the order of the rules.
func (b ruleBook) sorted(findings []Finding) []Finding {
	slices.SortStableFunc(findings, func(x, y Finding) int {
		return b.place[x.Rule] - b.place[y.Rule]
	})
	return findings
}

// aboutRun is a finding about the run, with the rule's severity and hint.
func aboutRun(rules []Rule, id RuleID, format string, args ...any) Finding {
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.ID == id })
	r := rules[i]
	return Finding{
		Rule: id, Severity: r.Severity, Hint: r.hint,
		Message: fmt.Sprintf(format, args...),
	}
}

// number writes n with commas between thousands.
func number(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

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
	t[rule].add(example, sizeBytes)
}

// add counts one item; the first MaxExamples keys are kept.
func (t *Tally) add(key string, sizeBytes int64) {
	t.Count++
	t.SizeBytes += sizeBytes
	if len(t.Examples) < MaxExamples {
		t.Examples = append(t.Examples, strings.ToValidUTF8(key, "\uFFFD"))
	}
}
