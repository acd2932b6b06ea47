package migrate

import (
	"strings"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// emptyMD5 is the MD5 of no bytes.
const emptyMD5 = "d41d8cd98f00b204e9800998ecf8427e"

// plannedMD5 is the MD5 that the plan knows, empty if none.
func plannedMD5(i planner.Item) string {
	if i.MD5 == "" && i.MD5Source == planner.MD5Empty {
		return emptyMD5
	}
	return strings.ToLower(i.MD5)
}

// agreedMD5 is the MD5 of an object from what the plan says and what was
// computed, either of which may be empty.
func agreedMD5(planned, computed string) (string, error) {
	computed = strings.ToLower(computed)
	switch {
	case planned == "":
		return computed, nil
	case computed == "" || computed == planned:
		return planned, nil
	}
	return "", transfer.ErrMD5
}
