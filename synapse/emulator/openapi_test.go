package emulator

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"
)

// TestEntityTypesAreThoseOfTheOpenAPIFile: the emulator knows the entity types
// of the official file, and no others.
func TestEntityTypesAreThoseOfTheOpenAPIFile(t *testing.T) {
	text, err := os.ReadFile("../testdata/openapi/schemas.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]struct{ Enum []string }
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	want := slices.Sorted(slices.Values(all["EntityType"].Enum))
	if got := slices.Sorted(maps.Values(shortNames)); !slices.Equal(got, want) {
		t.Errorf("types %q, want %q", got, want)
	}
}
