package choose

import (
	"slices"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
)

// ask stands for the rule against a need of which it isn't known yet whether
// it is met.
const ask planner.RuleID = "?"

// first is the first of the actions whose needs are met, or of which another
// fact must be asked for to tell: against is ask then. Where there is none,
// against is the most telling of the rules that stand against each.
func first(
	order []planner.Action, unmet func(planner.Need) planner.RuleID,
) (a planner.Action, against planner.RuleID) {
	var all []planner.RuleID
	for _, a := range order {
		rule := standsAgainst(a, unmet)
		if rule == "" || rule == ask {
			return a, rule
		}
		all = append(all, rule)
	}
	return planner.ActionBlock, mostTelling(all)
}

// standsAgainst is the rule of the first need that isn't met.
func standsAgainst(a planner.Action, unmet func(planner.Need) planner.RuleID) planner.RuleID {
	traits := a.Traits()
	if len(traits.Needs) == 0 {
		return rules.ContentImpossible
	}
	for _, need := range traits.Needs {
		if rule := unmet(need); rule != "" {
			return rule
		}
	}
	return ""
}

// mostTelling is the rule to name of those that stand against each action:
// that of the last resort, unless it only says that some other action would
// be needed.
func mostTelling(unmet []planner.RuleID) planner.RuleID {
	for _, rule := range slices.Backward(unmet) {
		if rule != rules.ContentImpossible && rule != rules.LimitsZeroBytes {
			return rule
		}
	}
	return unmet[len(unmet)-1]
}

// order are those of the actions that come into question: one that is asked
// for alone, but that what lies where it would be written to stays there.
func order(all []planner.Action, force planner.Action, atItsKey bool) []planner.Action {
	switch {
	case force == "":
		return all
	case atItsKey && force.Traits().Key == planner.KeyMirrored:
		return slices.DeleteFunc(slices.Clone(all), func(a planner.Action) bool {
			return a.Traits().Key != planner.KeyKept
		})
	}
	return []planner.Action{force}
}
