package config

import (
	"maps"
	"slices"
	"strings"
)

// maxDistance is how many letters a word may be off to be taken for
// another.
const maxDistance = 3

// suggestion is what a word was probably meant to be, as the end of a
// sentence; else all that there is.
func suggestion(word string, known []string) string {
	best, least := "", maxDistance+1
	for _, k := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d < least && d < len(k) {
			best, least = k, d
		}
	}
	if best != "" {
		return "did you mean " + best + "?"
	}
	return "known are " + strings.Join(known, ", ")
}

// distance is the number of letters to add, drop, replace or swap with
// their neighbour to get from a to b; words much longer than any known are
// maxDistance+1 apart.
func distance(a, b string) int {
	if len(a) > len(b)+maxDistance || len(b) > len(a)+maxDistance {
		return maxDistance + 1
	}
	previous, row := make([]int, len(b)+1), make([]int, len(b)+1)
	var before []int
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, previous, row = previous, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(previous[j]+cost, previous[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}

// names are the keys of a table, sorted.
func names[V any](table map[string]V) []string {
	return slices.Sorted(maps.Keys(table))
}

// plainWords are words of some type as mere text.
func plainWords[S ~string](words []S) []string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	return all
}
