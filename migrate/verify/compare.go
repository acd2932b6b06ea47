package verify

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// expected is what the plan says of one version.
type expected struct {
	version
	to planner.Destination
	// moves is true where files keep their entities.
	moves bool
	// replaces is true for a version that is added to a file which was there.
	replaces bool
	// there is true for what the plan leaves out since it was there already.
	there bool
	// provenance is the policy for what made the version; empty for sources
	// other than projects.
	provenance planner.Provenance
	// noPreviews is true where file handles are registered with a content
	// type that gets no preview.
	noPreviews bool
}

// compareEntity compares everything but the object, and returns the file
// handle; nil where there is none to see.
func (x expected) compareEntity(row *Row, b synapse.Bundle) *synapse.FileHandle {
	if b.Entity == nil {
		row.note("Synapse's answer has no entity")
		return nil
	}
	row.Version, row.FileHandleID = b.Entity.VersionNumber, b.Entity.DataFileHandleID
	if x.moves {
		row.differ(FieldVersions, decimal(x.Origin.Version), decimal(row.Version))
	}
	row.VersionLabel = b.Entity.VersionLabel
	if x.Origin != nil {
		row.differ(FieldVersionComment, x.Origin.VersionComment, b.Entity.VersionComment)
		row.differ(FieldDescription, x.Origin.Description, b.Entity.Description)
	}
	if !x.moves || x.Origin.Current { // of others, the plan of a move knows none
		compareAnnotations(row, x.annotations(), annotationsOf(b), x.Origin != nil)
	}
	h := handleOf(b)
	if h == nil {
		row.note("the file handle " + row.FileHandleID + " can't be seen: no right to download the file")
		return nil
	}
	x.compareHandle(row, *h)
	return h
}

// annotations are what the version is to have.
func (x expected) annotations() map[string]synapse.AnnotationValue {
	all := map[string]synapse.AnnotationValue{}
	if x.Origin != nil {
		maps.Copy(all, x.Origin.Annotations)
	}
	for k, v := range x.Annotations {
		all[k] = synapse.AnnotationValue{Type: synapse.AnnotationString, Value: []string{v}}
	}
	return all
}

// compareAnnotations compares names, types and values. Where the plan knows
// them all, others are a difference, too.
func compareAnnotations(row *Row, want, got map[string]synapse.AnnotationValue, all bool) {
	names := slices.Sorted(maps.Keys(want))
	if all {
		for name := range got {
			if _, planned := want[name]; !planned {
				names = append(names, name)
			}
		}
		slices.Sort(names)
	}
	for _, name := range names {
		w, planned := want[name]
		g, there := got[name]
		if planned != there || w.Type != g.Type || !slices.Equal(w.Value, g.Value) {
			row.differ(FieldAnnotations, annotation(name, w, planned), annotation(name, g, there))
		}
	}
}

// maxAnnotationChars bounds what is shown of an annotation's values.
const maxAnnotationChars = 300

// annotation shows an annotation, empty where it isn't there.
func annotation(name string, v synapse.AnnotationValue, there bool) string {
	if !there {
		return ""
	}
	text := []rune(fmt.Sprintf("%q", v.Value))
	if len(text) > maxAnnotationChars {
		text = append(text[:maxAnnotationChars], '…')
	}
	return fmt.Sprintf("%s (%s) %s", name, v.Type, string(text))
}

// annotationsOf are those in a bundle.
func annotationsOf(b synapse.Bundle) map[string]synapse.AnnotationValue {
	if b.Annotations == nil {
		return nil
	}
	return b.Annotations.Annotations
}

// handleOf is the file handle of the bundle's file; the bundle has those of
// previews, too.
func handleOf(b synapse.Bundle) *synapse.FileHandle {
	for i, h := range b.FileHandles {
		if h.ID == b.Entity.DataFileHandleID {
			return &b.FileHandles[i]
		}
	}
	return nil
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
