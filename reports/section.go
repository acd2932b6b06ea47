package reports

import (
	"strings"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
)

// section is a part of a report, as text and HTML show it: a title, a table
// whose first row may be a head, and lines below. Every text in it is
// already harmless to a terminal.
type section struct {
	title string
	head  []string
	rows  [][]string
	notes []string
}

// row adds a row of cells.
func (s *section) row(cells ...string) { s.rows = append(s.rows, cells) }

// note adds a line below the table.
func (s *section) note(line string) { s.notes = append(s.notes, line) }

// empty reports whether there is nothing to show.
func (s section) empty() bool { return len(s.rows) == 0 && len(s.notes) == 0 }

// planSections are a plan in the order in which a person reads it, findings
// apart.
func planSections(plan planner.Plan) []section {
	return kept(
		endsOf(plan), actionsOf(plan), keysOf(plan), bucketsOf(plan),
		costsOf(plan), leftOutOf(plan), accessOf(plan), gainsOf(plan), lostOf(plan),
	)
}

// kept leaves out empty sections.
func kept(all ...section) []section {
	var some []section
	for _, s := range all {
		if !s.empty() {
			some = append(some, s)
		}
	}
	return some
}

// thing is what a source's items are called.
type thing struct{ one, many string }

// thingOf is objects for a bucket, else files.
func thingOf(s planner.Source) thing {
	switch p := s.Project; {
	case p == nil && !s.IsS3():
		return thing{"file", "files"}
	case p == nil:
		return thing{"object", "objects"}
	case p.Versions == planner.VersionsAll:
		return thing{"file version", "file versions"}
	default:
		return thing{"file", "files"}
	}
}

// Things is a number of a source's items in words: 3 objects, 1 file.
func Things(s planner.Source, n int64) string { return thingOf(s).count(n) }

// count is "1 object" or "2 objects".
func (t thing) count(n int64) string { return planner.Plural(n, t.one, t.many) }

// moves reports whether the source's own files leave it.
func moves(s planner.Source) bool { return s.Project != nil && s.Project.Mode == planner.ModeMove }

// sourceOf names a source: a bucket and its prefix, a project, a directory or
// a list.
func sourceOf(s planner.Source) string {
	switch {
	case s.URLs != nil:
		return planner.Plural(s.URLs.Rows, "URL", "URLs") + " of " + quote(s.URLs.Path)
	case s.IsS3():
		return address(s.Bucket, s.Prefix)
	case s.Project == nil:
		return Harmless(s.Where())
	}
	return kindOf(*s.Project) + " " + plain(s.Project.EntityID) + " " + quote(s.Project.Name)
}

// kindOf is project or folder.
func kindOf(p planner.ProjectSource) string {
	if strings.HasSuffix(p.ConcreteType, ".Folder") {
		return "folder"
	}
	return "project"
}

// doneWord is what is said of an item that has come to its end.
func doneWord(s planner.Source) string {
	if moves(s) {
		return "moved"
	}
	return "migrated"
}

// stateWord says in words what a state means.
func stateWord(s planner.Source, state checkpoint.State, words string) string {
	if state == checkpoint.StateDone {
		return doneWord(s)
	}
	return words
}
