package reports

import (
	"context"
	"io"

	"synapse-migrate/migrate/checkpoint"
)

// classWords say what a class of failures means, and what helps.
var classWords = map[checkpoint.Class]string{
	checkpoint.ClassTemporary:   "a service or the network was in trouble: try again",
	checkpoint.ClassThrottled:   "a service was asked too often: try again later",
	checkpoint.ClassCredentials: "not signed in: renew the credentials",
	checkpoint.ClassPermission:  "not allowed: ask for the permission, or use other credentials",
	checkpoint.ClassChanged:     "not the bytes that were planned: make a new plan",
	checkpoint.ClassConflict:    "something else is in its place: move that, or make a new plan",
	checkpoint.ClassInvalid:     "against a service's rules: see each item's reason",
	checkpoint.ClassGone:        "not there any more: make a new plan",
}

// failuresOf counts the items that failed by class and side; empty where none
// did.
func failuresOf(counts []checkpoint.FailureCount) section {
	if len(counts) == 0 {
		return section{}
	}
	s := section{title: "Failures by class", head: []string{"class", "side", "failed", ""}}
	for _, c := range counts {
		s.row(plain(string(c.Class)), plain(string(c.Side)), count(c.Items), classWords[c.Class])
	}
	return s
}

// FailedText counts the items that failed by class, and names the first of
// them, most at the largest, with their reasons, and how many more there are;
// nothing where none failed.
func FailedText(ctx context.Context, w io.Writer, file RunFile, counts checkpoint.Counts, most int) error {
	failed := counts.State(checkpoint.StateFailed).Items
	if failed == 0 {
		return nil
	}
	classes, err := file.Failures(ctx)
	if err != nil {
		return err
	}
	p := &printer{w: w}
	p.section(failuresOf(classes))
	p.line("Failed")
	paths := pathFinder{file: file}
	var shown int64
	for e, err := range file.Entries(ctx, checkpoint.EntryFilter{
		States: []checkpoint.State{checkpoint.StateFailed}, Limit: most,
	}) {
		if err != nil {
			return err
		}
		path, err := paths.path(ctx, e)
		if err != nil {
			return err
		}
		shown++
		p.line("  %s: %s", sourceName(e, path), failureReason(e))
	}
	if failed > shown {
		p.line("  and %s more", count(failed-shown))
	}
	p.line("")
	return p.err
}
