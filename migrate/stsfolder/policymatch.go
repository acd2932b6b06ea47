package stsfolder

import (
	"encoding/json"
	"slices"
	"strings"
)

// allows reports whether a statement by itself allows an account an action
// on a resource, which may end in a wildcard, under all circumstances.
func (s statement) allows(account, action, resource string) bool {
	return s.Effect == "Allow" && s.covers(account, action, resource)
}

// denies reports whether a statement takes it away in any case.
func (s statement) denies(account, action, resource string) bool {
	return s.Effect == "Deny" && s.covers(account, action, resource)
}

func (s statement) covers(account, action, resource string) bool {
	if s.NotPrincipal != nil || s.NotAction != nil || s.NotResource != nil || hasCondition(s.Condition) {
		return false
	}
	return s.names(account) &&
		slices.ContainsFunc(s.Action, func(pattern string) bool {
			return matches(strings.ToLower(pattern), strings.ToLower(action))
		}) &&
		slices.ContainsFunc(s.Resource, func(pattern string) bool { return matches(pattern, resource) })
}

// hasCondition reports whether a statement has any.
func hasCondition(raw json.RawMessage) bool {
	var conditions map[string]json.RawMessage
	return raw != nil && (json.Unmarshal(raw, &conditions) != nil || len(conditions) > 0)
}

// names reports whether the statement is about an account, or everybody.
func (s statement) names(account string) bool {
	var everybody string
	if json.Unmarshal(s.Principal, &everybody) == nil {
		return everybody == "*"
	}
	var some struct{ AWS texts }
	if json.Unmarshal(s.Principal, &some) != nil {
		return false
	}
	return slices.ContainsFunc(some.AWS, func(p string) bool {
		return p == "*" || p == account || p == rootOf(account)
	})
}

// matches reports whether a pattern with * and ? covers a text, whose own
// wildcards are taken as characters: what covers a/* covers all below a/.
func matches(pattern, text string) bool {
	p, t := 0, 0
	star, mark := -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' && text[t] != '*' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// wildcards are the parts of a base key that policies would read as
// wildcards or variables: Synapse writes the base key into the policy of its
// credentials as it is (StsManagerImpl, October 2024). Empty for none.
func wildcards(baseKey string) []string {
	var found []string
	for _, w := range []string{"*", "?", "${"} {
		if strings.Contains(baseKey, w) {
			found = append(found, w)
		}
	}
	return found
}
