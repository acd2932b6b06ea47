//go:build race

package planner_test

// raceDetector multiplies memory and time.
const raceDetector = true
