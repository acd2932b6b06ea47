package emulator

import (
	"net/http"
	"strconv"

	"synapse-migrate/synapse"
)

func listGenerated(c *call) (reply, error) {
	offset, limit, err := pageOf(c.r)
	if err != nil {
		return reply{}, err
	}
	a, err := c.state.provenance.find(c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	if err := c.state.provenance.checkSees(c.user, a); err != nil {
		return reply{}, err
	}
	id, _ := strconv.ParseInt(a.ID, 10, 64) // made here
	all := c.state.provenance.versionsBy(id)
	page := synapse.References{TotalResults: int64(len(all))} // a count, not the estimate
	page.Results, _ = pageFrom(all, offset, limit)
	return ok(page)
}

// getGeneratedBy shows the activity of an entity's current version, or of
// the one in the path. Access to the activity is what counts, not to the
// entity, which may lie in the trash (NodeManagerImpl.getActivityForNode,
// October 2024 snapshot).
func getGeneratedBy(c *call) (reply, error) {
	text := c.r.PathValue("id")
	id, err := parseID(text)
	if err != nil {
		return reply{}, err
	}
	n := c.state.tree.nodes[id]
	number := c.r.PathValue("v")
	var v *revision
	switch {
	case number != "":
		if v, err = findVersion(n, text, number); err != nil {
			return reply{}, err
		}
	case n == nil:
		return reply{}, missingf("Resource: '%s' does not exist", text)
	default:
		v = n.current()
	}
	a, err := c.state.provenance.of(c.user, v)
	if err != nil {
		return reply{}, err
	}
	return ok(*a)
}

func findVersion(n *node, id, text string) (*revision, error) {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, invalidf("For input string: \"%s\"", text)
	}
	if n != nil {
		if v := n.version(number); v != nil {
			return v, nil
		}
	}
	return nil, missingf("Activity for: '%s', version: '%s' does not exist", id, text)
}

// of is the activity of a version, where it has one (404) that the
// user may see (403).
func (p *provenance) of(u *User, v *revision) (*synapse.Activity, error) {
	a := p.byID[v.activityID]
	if a == nil {
		return nil, missingf("No activity")
	}
	return a, p.checkSees(u, a)
}

// putGeneratedBy connects the current version to an activity.
func putGeneratedBy(c *call) (reply, error) {
	if !c.r.URL.Query().Has("generatedBy") {
		return reply{}, invalidf("Required request parameter 'generatedBy' for method parameter " +
			"type String is not present")
	}
	n, err := reconnect(c, c.writing())
	if err != nil {
		return reply{}, err
	}
	a, err := c.state.provenance.of(c.user, n.current())
	if err != nil {
		return reply{}, err
	}
	return ok(*a)
}

// deleteGeneratedBy disconnects the current version from its activity.
func deleteGeneratedBy(c *call) (reply, error) {
	w := c.writing()
	w.generatedBy = removesActivity
	if _, err := reconnect(c, w); err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusNoContent}, nil
}

// reconnect gives the current version of the entity in the path the activity
// of a write. The entity gets a new ETag.
func reconnect(c *call, w edit) (*node, error) {
	n, err := c.state.access.readable(c.user, c.r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if err := c.state.access.require(c.user, n, synapse.AccessUpdate); err != nil {
		return nil, err
	}
	if err := c.state.provenance.check(w); err != nil {
		return nil, err
	}
	c.state.provenance.connect(n, n.current(), w.activityID())
	n.touch(w)
	return n, nil
}
