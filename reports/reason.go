package reports

import (
	"fmt"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
)

// reasons say of each item why it failed, why it is left out, or why its
// action was chosen. They keep the words of rules and actions, of which there
// are few.
type reasons struct {
	plan    planner.Plan
	rules   map[planner.RuleID]string
	actions map[planner.Action]string
}

func newReasons(plan planner.Plan) reasons {
	return reasons{plan: plan, rules: map[planner.RuleID]string{}, actions: map[planner.Action]string{}}
}

// of is an item's reason, harmless to a terminal.
func (r reasons) of(e checkpoint.Entry) string {
	switch {
	case e.State == checkpoint.StateFailed && e.Failure != nil:
		return failureReason(e)
	case leavesOut(e.Action):
		return r.ofRule(e.Rule)
	}
	return r.ofAction(e.Action)
}

// ofRule is a rule's ID and what it says.
func (r reasons) ofRule(id planner.RuleID) string {
	words, known := r.rules[id]
	if !known {
		words = Harmless(string(id))
		if summary := rules.Summary(id); summary != "" {
			words += ": " + summary
		}
		r.rules[id] = words
	}
	return words
}

// ofAction is why an action was chosen.
func (r reasons) ofAction(a planner.Action) string {
	words, known := r.actions[a]
	if !known {
		words = actionReason(r.plan.Header, a)
		r.actions[a] = words
	}
	return words
}

// actionReason is why an action was chosen: the need that it meets, or that
// the ones before it in their order don't (see package choose).
func actionReason(h planner.Header, a planner.Action) string {
	if h.Arguments["action"] == string(a) {
		return "--action " + string(a) + " asks for it"
	}
	switch s := h.Source; {
	case a == planner.ActionStream && !s.IsS3() && s.Project == nil:
		return "it is not in S3, so nothing but this machine can bring it"
	case a == planner.ActionUpload:
		return uploadReason(h.Destination)
	}
	return a.Traits().Because
}

// uploadReason is why bytes go through Synapse.
func uploadReason(d planner.Destination) string {
	switch {
	case d.Managed:
		return "the destination is Synapse's own bucket, which only Synapse writes"
	case !d.OwnedByCaller:
		return "somebody else created the storage location, and only its creator may register objects in it"
	}
	return planner.ActionUpload.Traits().Because
}

// failureReason is why an item failed.
func failureReason(e checkpoint.Entry) string {
	f := e.Failure
	return Harmless(fmt.Sprintf("%s (%s, %s, attempts: %d): %s",
		f.Operation, f.Class, f.Side, e.Attempts, plain(f.Cause)))
}
