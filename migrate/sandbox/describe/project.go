package describe

// PathProject makes sample projects. POST takes a SampleRequest, makes the
// project, and answers a SampleProject; each call makes another project. GET answers the latest
// one, null when there is none.
const PathProject = "/sandbox/project"

// SampleRequest asks for a sample project.
type SampleRequest struct {
	// Files is how many file entities there shall be, at least
	// MinSampleFiles.
	Files int `json:"files"`
	// Seed decides names, sizes and bytes; projects of equal requests are
	// equal but for their IDs.
	Seed int64 `json:"seed,omitempty"`
	// Name is the project's; empty is "Study".
	Name string `json:"name,omitempty"`
	// Plain leaves out what no migration can take along: controlled and
	// unreachable files, and entities that are no files.
	Plain bool `json:"plain,omitempty"`
}

// MinSampleFiles is the smallest sample that has one of everything.
const MinSampleFiles = 60

// Kind is where the bytes of a sample file lie, and how they got there.
type Kind string

// The kinds of storage in a sample project.
const (
	// KindSynapse is Synapse's own storage.
	KindSynapse Kind = "synapse"
	// KindOwn is the owner's location without STS in the destination's
	// bucket, outside the base key of External.
	KindOwn Kind = "own"
	// KindBelow is the owner's location without STS in the destination's
	// bucket; the keys are below the base key of External.
	KindBelow Kind = "below"
	// KindForeign is the colleague's location in the bucket Foreign.
	KindForeign Kind = "foreign"
	// KindElsewhere is the owner's location in a bucket of another region.
	KindElsewhere Kind = "elsewhere"
	// KindStaged is the storage location of External itself, which a folder
	// of the project has too.
	KindStaged Kind = "staged"
	// KindGoogle is a bucket of Google Cloud, KindProxy a proxy: only
	// Synapse's download URLs lead there.
	KindGoogle Kind = "google"
	KindProxy  Kind = "proxy"
	// KindObjectStore is a bucket in an S3 that Synapse doesn't reach: the
	// owner's bucket Source.
	KindObjectStore Kind = "object-store"
	// KindURL is an external URL.
	KindURL Kind = "url"
)

// SampleProject is a sample project, and the truth about everything in it.
type SampleProject struct {
	// ID is the project's entity ID.
	ID    string       `json:"id"`
	Name  string       `json:"name"`
	Files []SampleFile `json:"files"`
	// Folders are in an order in which parents come first.
	Folders []SampleFolder `json:"folders"`
	// Others are the entities that are neither files nor folders.
	Others []SampleOther `json:"others,omitempty"`

	// Locations are the storage locations by kind; KindURL has none.
	Locations map[Kind]int64 `json:"locations"`
	// Buckets are where the bytes lie, by kind, where that is in a bucket.
	Buckets map[Kind]string `json:"buckets"`

	// Reader is a user who may download everything but what is below
	// RestrictedFolder, and Team a team of which only Reader is a member
	// and which may read, not download, there.
	Reader User  `json:"reader"`
	Team   int64 `json:"team"`
	// RestrictedFolder has sharing settings of its own.
	RestrictedFolder string `json:"restrictedFolder"`
	// Requirement is the access requirement on the controlled files; 0 for
	// none.
	Requirement int64 `json:"requirement,omitempty"`
	// DOIs, Wikis and Threads are how many entities have a DOI, a wiki,
	// discussion threads.
	DOIs    int `json:"dois"`
	Wikis   int `json:"wikis"`
	Threads int `json:"threads"`
}

// SampleFolder is a folder of a sample project. Path is from the project.
type SampleFolder struct {
	ID          string                 `json:"id"`
	Path        string                 `json:"path"`
	Description string                 `json:"description,omitempty"`
	Annotations map[string]SampleValue `json:"annotations,omitempty"`
}

// SampleOther is an entity that can't be in an STS folder.
type SampleOther struct {
	ID string `json:"id"`
	// Type is the concrete type.
	Type string `json:"type"`
	Path string `json:"path"`
}

// SampleFile is a file of a sample project.
type SampleFile struct {
	ID   string `json:"id"`
	Path string `json:"path"`
	// Kind is that of the current version; older ones are of the same.
	Kind Kind `json:"kind"`
	// Versions are oldest first; their numbers may have gaps.
	Versions []SampleVersion `json:"versions"`
	// Controlled files have the project's access requirement, of their own
	// or by the folder that they lie in.
	Controlled bool `json:"controlled,omitempty"`
	// Restricted files are below RestrictedFolder.
	Restricted bool `json:"restricted,omitempty"`
	HasDOI     bool `json:"hasDoi,omitempty"`
}

// Current is the file's current version.
func (f SampleFile) Current() SampleVersion { return f.Versions[len(f.Versions)-1] }

// SampleVersion is one version of a sample file, and the bytes behind it.
type SampleVersion struct {
	Number      int64                  `json:"number"`
	Label       string                 `json:"label"`
	Comment     string                 `json:"comment,omitempty"`
	Description string                 `json:"description,omitempty"`
	Annotations map[string]SampleValue `json:"annotations,omitempty"`
	// ActivityID and ActivityName are of what made the version; empty for
	// nothing.
	ActivityID   string `json:"activityId,omitempty"`
	ActivityName string `json:"activityName,omitempty"`

	FileHandleID      string `json:"fileHandleId"`
	StorageLocationID int64  `json:"storageLocationId,omitempty"`
	// Owner created the file handle.
	Owner  int64  `json:"owner"`
	Bucket string `json:"bucket,omitempty"`
	Key    string `json:"key,omitempty"`
	// MD5 and SizeBytes are the bytes' own. HasMD5 is false where the file
	// handle doesn't say the MD5.
	MD5       string `json:"md5,omitempty"`
	HasMD5    bool   `json:"hasMd5"`
	SizeBytes int64  `json:"sizeBytes"`
	// ContentType and FileName are the file handle's.
	ContentType string `json:"contentType,omitempty"`
	FileName    string `json:"fileName,omitempty"`
}

// SampleValue is one annotation, as Synapse writes it.
type SampleValue struct {
	Type  string   `json:"type"`
	Value []string `json:"value"`
}
