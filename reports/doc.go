// Package reports shows plans and runs to people and programs: text, JSON,
// and progress while a run goes on. It decides nothing. Object keys are
// hostile input: they are quoted wherever they are shown.
package reports
