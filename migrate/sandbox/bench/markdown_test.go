package bench

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Table renders rows as a table of Markdown. Bars in cells are escaped.
func Table(head []string, rows [][]string) string {
	var b strings.Builder
	line := func(cells []string) {
		for i := range head {
			cell := ""
			if i < len(cells) {
				cell = strings.ReplaceAll(cells[i], "|", `\|`)
			}
			b.WriteString("| " + cell + " ")
		}
		b.WriteString("|\n")
	}
	line(head)
	rule := make([]string, len(head))
	for i := range rule {
		rule[i] = "---"
	}
	line(rule)
	for _, row := range rows {
		line(row)
	}
	return b.String()
}

// String is the median, and the range where there is one.
func (r Ratio) String() string {
	if fmt.Sprintf("%.2f", r.Smallest) == fmt.Sprintf("%.2f", r.Largest) {
		return fmt.Sprintf("%.2f", r.Median)
	}
	return fmt.Sprintf("%.2f (%.2f to %.2f)", r.Median, r.Smallest, r.Largest)
}

// PerObject says how many requests of each kind an object took, the most
// frequent first. Kinds that are rarer than one in 20 objects are summed up.
func PerObject(calls map[string]int64, objects int64) string {
	if objects <= 0 {
		return ""
	}
	var total, rare int64
	var parts []string
	names := slices.SortedFunc(maps.Keys(calls), func(a, b string) int {
		if calls[a] != calls[b] {
			return int(calls[b] - calls[a])
		}
		return strings.Compare(a, b)
	})
	for _, name := range names {
		total += calls[name]
		if calls[name]*20 < objects {
			rare += calls[name]
			continue
		}
		parts = append(parts, name+" "+number(calls[name], objects))
	}
	if rare > 0 {
		parts = append(parts, "others "+number(rare, objects))
	}
	if total == 0 {
		return "0"
	}
	return number(total, objects) + ": " + strings.Join(parts, ", ")
}

// number is a quotient without needless decimals.
func number(n, objects int64) string {
	text := fmt.Sprintf("%.2f", float64(n)/float64(objects))
	return strings.TrimSuffix(text, ".00")
}
