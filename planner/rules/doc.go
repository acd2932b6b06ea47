// Package rules says what a plan looks for: each rule with its severity, its
// meaning, who makes it and what to do; the facts about a destination and a
// source that rules judge; and the judgements that need no listing. All of it
// is pure functions of values.
package rules
