package reports

import (
	"fmt"
	"strings"

	"synapse-migrate/planner"
)

// keysOf shows, for a project, where the objects will lie.
func keysOf(plan planner.Plan) section {
	p := plan.Header.Source.Project
	if p == nil {
		return section{}
	}
	items := map[planner.Key]int64{}
	for _, total := range plan.Totals.Actions {
		key := total.Action.Traits().Key
		if total.Action == planner.ActionSynapseCopy && p.Layout == planner.LayoutMirrored &&
			!plan.Header.Destination.Managed {
			key = planner.KeyMirrored
		}
		items[key] += total.Items
	}
	d := plan.Header.Destination
	base := planner.UnderBase(d.BaseKey, "")
	s := section{title: "Where the objects will be"}
	add := func(n int64, where string) {
		if n > 0 {
			s.row(thingOf(plan.Header.Source).count(n), where)
		}
	}
	add(items[planner.KeyKept], "where they are")
	add(items[planner.KeyMirrored], address(d.Bucket, base)+"PATH, as in the tree")
	add(items[planner.KeySynapse], address(d.Bucket, base)+", at keys that Synapse chooses")
	return s
}

// owners says whose bucket it is.
var owners = map[planner.BucketOwner]string{
	planner.OwnerSynapse: "Synapse",
	planner.OwnerCaller:  "you",
	planner.OwnerOther:   "somebody else",
	planner.OwnerOutside: "outside Synapse",
}

// bucketsOf shows, for a project, each bucket with whose it is, how it is
// reached and what is done with its files.
func bucketsOf(plan planner.Plan) section {
	if len(plan.Buckets) == 0 {
		return section{}
	}
	s := section{title: "Where the files are now", head: []string{
		"bucket", "location", "owner", "region", "reached", "action",
		thingOf(plan.Header.Source).many, "bytes",
	}}
	for _, b := range plan.Buckets {
		first := []string{bucketName(b), location(b.StorageLocationID), owners[b.Owner],
			orDash(b.Reach.Region), reached(b)}
		actions := b.Actions
		if len(actions) == 0 {
			actions = []planner.ActionTotal{{Action: "-"}}
		}
		for _, a := range actions {
			s.row(append(first, string(a.Action), count(a.Items), bytes(a.SizeBytes))...)
			first = make([]string, len(first))
		}
		for _, why := range []string{b.Why, b.Reach.Refusal} {
			if why != "" && (why == b.Why || !strings.Contains(b.Why, why)) {
				s.note(noteOn(b) + ": " + plain(why))
			}
		}
	}
	return s
}

// noteOn names what a note is about: one bucket may have several locations.
func noteOn(b planner.BucketDecision) string {
	if b.StorageLocationID == 0 {
		return bucketName(b)
	}
	return fmt.Sprintf("%s in location %d", bucketName(b), b.StorageLocationID)
}

// bucketName names a bucket with the service that it belongs to.
func bucketName(b planner.BucketDecision) string {
	schemes := map[string]string{planner.ServiceS3: "s3://", planner.ServiceGoogle: "gs://"}
	if scheme, known := schemes[b.Service]; known {
		return plain(scheme + b.Bucket)
	}
	return strings.TrimSpace(plain(b.Service + " " + b.Bucket))
}

func location(id int64) string {
	if id == 0 {
		return "-"
	}
	return fmt.Sprint(id)
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return plain(text)
}

// reached says how the objects of a bucket are reached.
func reached(b planner.BucketDecision) string {
	var ways []string
	if b.Reach.Readable {
		ways = append(ways, "read with "+b.Reach.Credentials)
	}
	if b.Reach.Copyable {
		ways = append(ways, "S3 copies")
	}
	if b.SynapseCopies {
		ways = append(ways, "Synapse copies")
	}
	refused := b.Service == planner.ServiceS3 && b.Reach.Refusal != ""
	if refused || b.Service == planner.ServiceGoogle || b.Service == planner.ServiceProxy {
		ways = append(ways, "download URLs")
	}
	return orDash(strings.Join(ways, ", "))
}

// principalName names a user, a team or one of Synapse's own groups.
func principalName(p planner.Principal) string {
	kind := "user"
	if p.IsTeam {
		kind = "team"
	}
	if p.Name == "" {
		return fmt.Sprintf("%s %d", kind, p.ID)
	}
	return fmt.Sprintf("%s (%s %d)", plain(p.Name), kind, p.ID)
}

// maxPrincipals is how many principals are named in one line.
const maxPrincipals = 10

// principalNames joins names, with the number of those left out.
func principalNames(all []planner.Principal) string {
	if len(all) == 0 {
		return "nobody"
	}
	var names []string
	for _, p := range all[:min(len(all), maxPrincipals)] {
		names = append(names, principalName(p))
	}
	if left := len(all) - len(names); left > 0 {
		names = append(names, fmt.Sprintf("%s more", count(int64(left))))
	}
	return strings.Join(names, ", ")
}

// accessOf compares, for a project, who may download what in the source and
// at the destination.
func accessOf(plan planner.Plan) section {
	a := plan.Access
	if a == nil {
		return section{}
	}
	s := section{title: "Who may download", head: []string{"sharing", "files", "bytes", "who"}}
	s.row("at the destination", "all", "", principalNames(a.Destination))
	for _, sharing := range a.Sharings {
		s.row("now, as "+plain(sharing.Example), count(sharing.Files), bytes(sharing.SizeBytes),
			principalNames(sharing.Downloads))
	}
	if a.OtherSharings > 0 {
		s.note(planner.Plural(a.OtherSharings, "more sharing setting", "more sharing settings") + " in the source")
	}
	return s
}

// gainsOf names who would gain access.
func gainsOf(plan planner.Plan) section {
	if plan.Access == nil || len(plan.Access.Gains) == 0 {
		return section{}
	}
	s := section{title: "Who gains access", head: []string{"who", "right", "files", "bytes", "such as"}}
	for _, g := range plan.Access.Gains {
		s.row(principalName(g.Principal), plain(g.Right), count(g.Files), bytes(g.SizeBytes), examples(g.Examples))
	}
	return s
}

// lostOf names the access requirements that would not hold any more.
func lostOf(plan planner.Plan) section {
	if plan.Access == nil || len(plan.Access.LostRequirements) == 0 {
		return section{}
	}
	s := section{title: "Access requirements that are lost",
		head: []string{"requirement", "name", "files", "bytes", "such as"}}
	for _, l := range plan.Access.LostRequirements {
		s.row(fmt.Sprint(l.ID), orDash(l.Name), count(l.Files), bytes(l.SizeBytes), examples(l.Examples))
	}
	return s
}

// examples quotes hostile texts.
func examples(texts []string) string {
	var quoted []string
	for _, text := range texts {
		quoted = append(quoted, quote(text))
	}
	return strings.Join(quoted, ", ")
}
