package reports

import (
	"fmt"
	"sort"
	"strings"

	"synapse-migrate/planner"
)

// endsOf shows the source, the destination and who moves things between.
func endsOf(plan planner.Plan) section {
	h := plan.Header
	kind := "external, your bucket"
	if h.Destination.Managed {
		kind = "managed by Synapse"
	}
	owner := "created by you"
	if !h.Destination.OwnedByCaller {
		owner = "created by somebody else"
	}
	base := planner.UnderBase(h.Destination.BaseKey, "")
	var s section
	s.row("from", sourceOf(h.Source))
	if h.Source.Project != nil {
		s.row("", modeOf(*h.Source.Project))
	}
	s.row("", details(h.Source.Region, h.Source.Endpoint, "read with "+h.Source.Credentials))
	s.row("to", address(h.Destination.Bucket, base))
	s.row("", details(h.Destination.Region, h.Destination.Endpoint, writtenBy(plan)))
	s.row("in", fmt.Sprintf("%s %q", plain(h.Destination.FolderID), h.Destination.FolderName))
	s.row("", fmt.Sprintf("storage location %d: %s, %s", h.Destination.StorageLocationID, kind, owner))
	s.row("by", plain(h.Caller.UserName)+", Synapse user "+plain(h.Caller.UserID))
	return s
}

// writtenBy says who writes the objects that come to the destination's bucket.
func writtenBy(plan planner.Plan) string {
	var own, synapse int64
	for _, t := range plan.Totals.Actions {
		switch t.Action.Traits().Key {
		case planner.KeyMirrored:
			own += t.Items
		case planner.KeySynapse:
			synapse += t.Items
		}
	}
	with := "written with " + plan.Header.Destination.Credentials
	switch {
	case own > 0 && synapse > 0:
		return with + ", and by Synapse itself"
	case own > 0:
		return with
	case synapse > 0:
		return "written by Synapse itself"
	}
	return "no object is written there"
}

// modeOf says what a migration of a project does to it, and what it takes
// along.
func modeOf(p planner.ProjectSource) string {
	mode := "copy: new files, the source stays as it is"
	if p.Mode == planner.ModeMove {
		mode = "move: files keep their Synapse IDs and leave the source"
	}
	versions := "; latest versions"
	if p.Versions == planner.VersionsAll {
		versions = "; all versions"
	}
	provenance := ""
	if p.Mode != planner.ModeMove {
		provenance = map[planner.Provenance]string{
			planner.ProvenanceKeep: "; provenance kept",
			planner.ProvenanceLink: "; provenance says where each file was migrated from",
			planner.ProvenanceNone: "; no provenance",
		}[p.Provenance]
	}
	return mode + versions + provenance
}

// details joins what is known.
func details(parts ...string) string {
	var known []string
	for _, part := range parts {
		if part != "" {
			known = append(known, plain(part))
		}
	}
	return strings.Join(known, ", ")
}

func leavesOut(a planner.Action) bool {
	return !a.Active()
}

// actionsOf shows what will happen with what is migrated.
func actionsOf(plan planner.Plan) section {
	what := thingOf(plan.Header.Source)
	s := section{title: "What will happen", head: []string{"action", what.many, "bytes", ""}}
	var items, size int64
	for _, t := range plan.Totals.Actions {
		if leavesOut(t.Action) || t.Items == 0 {
			continue
		}
		items, size = items+t.Items, size+t.SizeBytes
		s.row(string(t.Action), count(t.Items), bytes(t.SizeBytes), meaningOf(plan.Header.Source, t.Action))
	}
	s.row("total", count(items), bytes(size), fmt.Sprintf("in %s to make below %s",
		planner.Plural(plan.Totals.Folders, "folder", "folders"), plain(plan.Header.Destination.FolderID)))
	return s
}

// meaningOf says in a few words what an action does. A file that is moved
// keeps its file handle where that fits.
func meaningOf(s planner.Source, a planner.Action) string {
	if a == planner.ActionReuse && moves(s) {
		return "only the parent changes"
	}
	return a.Traits().Means
}

// costsOf shows bytes, calls and the time that follows from them.
func costsOf(plan planner.Plan) section {
	s := section{title: "What it takes"}
	s.row("bytes across this machine", bytes(plan.Totals.MachineBytes), crossing(plan.Header.Source))
	s.row("read only to be hashed", bytes(plan.Totals.HashBytes), md5Sources(plan.Totals.MD5))
	if n := plan.Totals.CompareBytes; n > 0 {
		s.row("read to be compared", bytes(n), "at the destination: nothing else proves that content is equal")
	}
	if n := plan.Totals.PlanBytes; n > 0 {
		s.row("read by this plan", bytes(n), "of the source, to be compared with what is there")
	}
	s.row("Synapse calls", count(plan.Cost.SynapseCalls),
		"about "+duration(plan.Cost.BudgetTime)+" at the full rate that Synapse allows")
	s.row("S3 calls", count(plan.Cost.S3Calls), "")
	return s
}

// crossing says where bytes come from and go to.
func crossing(s planner.Source) string {
	switch {
	case s.Directory != nil:
		return "read from disk and written to S3, each counted"
	case s.URLs != nil:
		return "read from the URLs and written to S3, each counted"
	}
	return "read and written, each counted"
}

// md5Sources says where the MD5s come from, most first.
func md5Sources(counts map[planner.MD5Source]int64) string {
	var sources []planner.MD5Source
	for source, n := range counts {
		if source != planner.MD5None && n > 0 {
			sources = append(sources, source)
		}
	}
	sort.Slice(sources, func(i, j int) bool {
		a, b := sources[i], sources[j]
		return counts[a] > counts[b] || counts[a] == counts[b] && a < b
	})
	var parts []string
	for _, source := range sources {
		parts = append(parts, string(source)+" "+count(counts[source]))
	}
	if len(parts) == 0 {
		return ""
	}
	return "MD5 from: " + strings.Join(parts, ", ")
}

// leftOutOf shows what will not be migrated, by action.
func leftOutOf(plan planner.Plan) section {
	s := section{title: "What will not be migrated"}
	what := thingOf(plan.Header.Source)
	if plan.Header.Source.Project != nil {
		what = thing{"entity", "entities"} // tables and the like among them
	}
	for _, t := range plan.Totals.Actions {
		if leavesOut(t.Action) && t.Items > 0 {
			s.note(fmt.Sprintf("%s: %s, %s", t.Action, what.count(t.Items), bytes(t.SizeBytes)))
		}
	}
	if s.empty() {
		s.note("nothing is left out")
	}
	return s
}
