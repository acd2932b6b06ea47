package action

import (
	"errors"
	"strings"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"testing"
)

// TestOtherObject: the object at a file handle's key is another one, shorter
// than it says.
func TestOtherObject(t *testing.T) {
	for code, want := range map[string]bool{
		"InvalidArgument": true, "InvalidRange": true, "NoSuchKey": true, "InternalError": false,
	} {
		err := otherObject(&putRefusal{status: 400, code: code})
		if got := errors.Is(err, transfer.ErrChanged); got != want {
			t.Errorf("%s: %v, want a change: %t", code, err, want)
		}
		if want && (!strings.Contains(err.Error(), "isn't the one that the source's file handle recorded") ||
			!strings.Contains(err.Error(), code)) {
			t.Errorf("%s: %v doesn't say what it means", code, err)
		}
	}
	if err := otherObject(nil); err != nil {
		t.Errorf("of no error: %v", err)
	}
}

// TestUploadName: the source's, unless it must be a name like an entity's.
func TestUploadName(t *testing.T) {
	e := checkpoint.Entry{Item: planner.Item{Name: "entity.csv", Origin: &planner.Origin{FileName: "a b.csv"}}}
	if got := uploadName(e); got != "a b.csv" {
		t.Errorf("uploads as %q, want the source's", got)
	}
	e.Origin.FileName = "100%.csv"
	if got := uploadName(e); got != "entity.csv" {
		t.Errorf("uploads as %q, want the entity's where it must be a name", got)
	}
}
