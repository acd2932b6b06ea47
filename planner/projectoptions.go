package planner

// Versions says which versions of a project's files are migrated
// (--versions).
type Versions string

// Which versions; empty means VersionsLatest in copy mode, VersionsAll in
// move mode.
const (
	VersionsLatest Versions = "latest"
	VersionsAll    Versions = "all"
)

// Provenance says what the new files' provenance is (--provenance).
type Provenance string

// The policies for provenance; empty means ProvenanceKeep.
const (
	// ProvenanceKeep connects the new file to the activity that made the
	// old one, where the caller may see it.
	ProvenanceKeep Provenance = "keep"
	// ProvenanceLink makes an activity that says which version of which
	// file it was migrated from.
	ProvenanceLink Provenance = "link"
	// ProvenanceNone leaves it empty.
	ProvenanceNone Provenance = "none"
)

// Layout says which keys objects get below the base key (--layout).
type Layout string

// The layouts. Empty mirrors where this program or S3 writes, and leaves
// those that Synapse copies at the keys that Synapse chooses.
const (
	// LayoutMirrored mirrors the tree everywhere: what Synapse copied is
	// copied once more inside the folder before it is registered.
	LayoutMirrored Layout = "mirrored"
	// LayoutSynapse has Synapse copy what it can, at keys of its own.
	LayoutSynapse Layout = "synapse"
)

// ProjectOptions shape the plan of a project, beside Options.
type ProjectOptions struct {
	Mode       Mode
	Versions   Versions
	Provenance Provenance
	Layout     Layout
	// Entities narrow the source to these files, and to what lies below
	// these folders; empty takes everything.
	Entities []string
	// StorageLocations narrow the source to files in these, and to the folders
	// that lead to them; empty takes all.
	StorageLocations []int64
}

// WithDefaults fills in what is empty.
func (o ProjectOptions) WithDefaults() ProjectOptions {
	fill(&o.Mode, ModeCopy)
	versions := VersionsLatest
	if o.Mode == ModeMove {
		versions = VersionsAll
	}
	fill(&o.Versions, versions)
	fill(&o.Provenance, ProvenanceKeep)
	return o
}
