package seal

// Load is how many children a folder has and gets.
type Load struct {
	// Existing are those that it has and the plan doesn't touch.
	Existing int64 `json:"existing,omitempty"`
	// Planned are those that the plan makes, finds again or replaces.
	Planned int64 `json:"planned,omitempty"`
}

// FullFolder is a folder of the destination that would get too many
// children together with those that it has.
type FullFolder struct {
	FolderID int64 `json:"folderId"`
	Existing int64 `json:"existing"`
}

// Count adds a child; one that exists is no longer untouched.
func (l *Load) Count(existing bool) {
	l.Planned++
	if existing {
		l.Existing--
	}
}
