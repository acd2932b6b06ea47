package project

import (
	"synapse-migrate/planner"
	"synapse-migrate/planner/access"
	"synapse-migrate/planner/choose"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// noteFolder notes what the source itself is, with the first page of all.
func (p *pager) noteFolder(v *visit) {
	if v.unlisted {
		p.state.Tallies.Add(rules.ContentUnlisted, v.sourceID+" "+v.folder.Path+"/", 0)
	}
	switch {
	case v.gone:
		p.state.Tallies.Add(rules.ObjectsGone, v.sourceID+" "+v.folder.Path+"/", 0)
	case v.self != nil && !v.self.gone:
		p.state.Requirements = p.placeRequirements(v.self.bundle)
		p.noteContent(v.self, v.sourceID+" "+p.source.Name)
	}
}

// noteContent tells of what hangs on an entity and can't travel with it.
func (p *pager) noteContent(c *child, example string) {
	b := c.bundle
	if b.RootWikiID != "" {
		p.state.Tallies.Add(rules.ContentWiki, example, 0)
	}
	if b.DOIAssociation != nil && (p.source.Mode == planner.ModeCopy || c.header.Type != synapse.TypeFile) {
		p.state.Tallies.Add(rules.ContentDOI, example, 0)
	}
	if b.ThreadCount > 0 {
		p.state.Tallies.Add(rules.ContentDiscussion, example, 0)
	}
}

// noteFile tells of what doesn't travel with a file, and compares who may
// reach it.
func (p *pager) noteFile(versions []*entry) {
	var current *entry
	var size int64
	for _, e := range versions {
		if e.current {
			current = e
		}
		if e.active() {
			size += e.sizeBytes()
		}
	}
	if !current.active() {
		return
	}
	b := current.bundle
	p.noteContent(current.c, current.example())
	if p.source.Versions == planner.VersionsLatest && current.version > 1 {
		p.state.Older.Files.Add(current.example(), 0)
		p.state.Older.Versions += current.version - 1
	}
	p.state.Access.Add(access.File{
		Example: current.example(), SizeBytes: size, ACL: b.BenefactorACL,
		OpenData:     b.Permissions != nil && b.Permissions.IsEntityOpenData,
		Requirements: access.RequirementsOf(b),
	}, p.facts)
}

// unseen reports whether something is done with an entry whose object nobody
// could look at. The record of one that stays where it is is copied as it is.
func (e *entry) unseen() bool {
	return e.active() && e.decision.Action != planner.ActionReuse && !e.decision.Shares &&
		e.facts.Head != choose.HeadSeen
}

// placeRequirements are the access requirements of a place that files may
// be moved away from.
func (p *pager) placeRequirements(b synapse.Bundle) []int64 {
	if p.source.Mode != planner.ModeMove {
		return nil
	}
	return access.RequirementsOf(b)
}
