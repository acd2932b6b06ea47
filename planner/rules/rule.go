package rules

import (
	"fmt"
	"slices"

	"synapse-migrate/planner"
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
	ID       planner.RuleID
	Topic    Topic
	Severity planner.Severity
	// Summary is one sentence for the documentation.
	Summary string
	// Source says who makes the rule: a section of the server's source, a
	// page of S3's documentation, or this program itself.
	Source string

	// one and many are the message of a finding about one item and about
	// several; many has a %s for the number. Findings about the run have
	// their own words.
	one, many string
	Hint      string
}

// table is every rule, by topic.
var table = slices.Concat(
	callerRules, destinationRules, placeRules, nameRules, limitRules, objectRules, previewRules,
	governanceRules, accessRules, sourceRules, contentRules, moveRules, layoutRules, walkRules,
	otherSourceRules,
)

// Rules is every rule, by topic. The slice is the caller's own.
func Rules() []Rule { return NewBook(planner.Source{}).rules }

// Of is the rule of that ID, in the words for buckets; false where there is
// none.
func Of(id planner.RuleID) (Rule, bool) {
	b := NewBook(planner.Source{})
	i, found := b.place[id]
	if !found {
		return Rule{}, false
	}
	return b.rules[i], true
}

// Summary is the Summary of a rule, empty for an ID that is none.
func Summary(id planner.RuleID) string {
	r, _ := Of(id)
	return r.Summary
}

// Book finds rules by their ID, and their place in Rules.
type Book struct {
	rules []Rule
	place map[planner.RuleID]int
}

// NewBook has the rules in the words of a source.
func NewBook(s planner.Source) Book {
	b := Book{rules: make([]Rule, len(table)), place: map[planner.RuleID]int{}}
	say := wordsOf(s)
	for i, r := range table {
		b.place[r.ID], b.rules[i] = i, say.rule(r)
	}
	return b
}

// Rule is the one of that ID.
func (b Book) Rule(id planner.RuleID) Rule { return b.rules[b.place[id]] }

// Finding is what the rule has to say about t's items.
func (r Rule) Finding(t planner.Tally) planner.Finding {
	message := r.one
	if t.Count != 1 {
		message = fmt.Sprintf(r.many, planner.Number(t.Count))
	}
	return planner.Finding{
		Rule: r.ID, Severity: r.Severity, Message: message, Hint: r.Hint,
		Count: t.Count, SizeBytes: t.SizeBytes, Examples: t.Examples,
	}
}

// Sorted puts findings in the order of the rules.
func (b Book) Sorted(findings []planner.Finding) []planner.Finding {
	slices.SortStableFunc(findings, func(x, y planner.Finding) int {
		return b.place[x.Rule] - b.place[y.Rule]
	})
	return findings
}

// AboutRun is a finding about the run, with the rule's severity and hint.
func AboutRun(id planner.RuleID, format string, args ...any) planner.Finding {
	r, _ := Of(id)
	return planner.Finding{
		Rule: id, Severity: r.Severity, Hint: r.Hint,
		Message: fmt.Sprintf(format, args...),
	}
}
