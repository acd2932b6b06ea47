package planner

// LeftOutPath is where an item of the source that is skipped or blocked would
// have gone, from the destination folder, names joined with slashes and as
// they are in the source. Such an item has no folder in the plan.
func (s Source) LeftOutPath(i Item) string {
	if i.Origin != nil {
		return i.Origin.Path
	}
	return relative(i.Source.Key, s.Prefix)
}
