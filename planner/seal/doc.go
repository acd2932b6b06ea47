// Package seal ends a plan, whatever its source: it blocks items whose paths
// clash, finds the folders with too many children, sums up totals and costs,
// gathers the findings, and has the plan sealed.
package seal
