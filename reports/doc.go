// Package reports shows plans, runs and verifications to people and programs: as
// text, JSON, CSV and HTML, and as progress during a run. It decides nothing.
// Object keys are hostile input and are quoted wherever they are shown.
package reports
