package verify

import "synapse-migrate/planner"

// Verdict is what came of the comparison of one thing.
type Verdict string

// The verdicts.
const (
	// VerdictMatch: it is as planned.
	VerdictMatch Verdict = "match"
	// VerdictDiffers: it is there and not as planned.
	VerdictDiffers Verdict = "differs"
	// VerdictMissing: the entity or its object is not there.
	VerdictMissing Verdict = "missing"
	// VerdictExtra: it is there and not in the plan.
	VerdictExtra Verdict = "extra"
	// VerdictUnregistered: an object lies below the base key, where everyone can
	// read it who gets credentials for the folder, and no file in the destination
	// folder refers to it. A file in the trash may do so still, or one in another
	// folder of the same storage.
	VerdictUnregistered Verdict = "unregistered"
	// VerdictUnknown: it could not be found out.
	VerdictUnknown Verdict = "unknown"
	// VerdictLeftOut: the plan leaves it out; nothing was compared.
	VerdictLeftOut Verdict = "left-out"
)

// Verdicts are all of them, the good one first.
var Verdicts = []Verdict{
	VerdictMatch, VerdictDiffers, VerdictMissing, VerdictExtra, VerdictUnregistered, VerdictUnknown,
	VerdictLeftOut,
}

// Proof is how far the content of a file is known to be what was planned.
type Proof string

// The proofs, the strongest first.
const (
	// ProofRead: the object was read, and its MD5 compared with that of its file
	// handle; that the source had this content is proven, too.
	ProofRead Proof = "read"
	// ProofS3: S3 vouches for the MD5: by its own checksum, or by an ETag
	// proven to be one.
	ProofS3 Proof = "s3"
	// ProofChecksum: S3 holds equal checksums over the whole of both objects.
	ProofChecksum Proof = "checksum"
	// ProofETag: the object still has the ETag of the plan, or the one that the
	// source's content makes.
	ProofETag Proof = "etag"
	// ProofOrigin: the object says that it was written from the planned source,
	// of the planned ETag.
	ProofOrigin Proof = "origin"
	// ProofNone belongs to what is no file, and to what was not compared.
	ProofNone Proof = ""
)

// Proofs are those of files, the strongest first.
var Proofs = []Proof{ProofRead, ProofS3, ProofChecksum, ProofETag, ProofOrigin}

// Kind is what a row is about.
type Kind string

// The kinds.
const (
	KindFile   Kind = "file"
	KindFolder Kind = "folder"
	// KindOther is an entity that is neither; an STS folder takes none.
	KindOther Kind = "other"
	// KindObject is an object that no file refers to.
	KindObject Kind = "object"
)

// Difference is one thing that is not as planned.
type Difference struct {
	// Field is one of the Field constants.
	Field string `json:"field"`
	// Want is the plan's, Got what is there; empty for nothing.
	Want string `json:"want"`
	Got  string `json:"got"`
}

// The fields that are compared.
const (
	FieldEntity          = "entity"
	FieldType            = "type"
	FieldVersions        = "versions"
	FieldVersionLabel    = "version label"
	FieldVersionComment  = "version comment"
	FieldDescription     = "description"
	FieldSize            = "size"
	FieldMD5             = "MD5"
	FieldStorageLocation = "storage location"
	FieldBucket          = "bucket"
	FieldKey             = "key"
	FieldAnnotations     = "annotations"
	FieldProvenance      = "provenance"
	FieldFileName        = "file name"
	FieldContentType     = "content type"
	FieldKept            = "earlier version"
	FieldKeptObject      = "earlier version's object"
	FieldObject          = "object"
	FieldObjectSize      = "object's size"
	FieldObjectETag      = "object's ETag"
	FieldObjectMD5       = "object's MD5"
	FieldObjectContent   = "object's content"
)

// Row is the verdict about one item of the plan, about a folder of it, or
// about an entity or an object that is there beyond it. Empty fields are left out of its
// JSON; what is not known is empty.
type Row struct {
	// ItemID is the item's in the plan, 0 for a folder and for what is extra.
	ItemID int64 `json:"item,omitempty"`
	Kind   Kind  `json:"kind"`
	// Path is the path below the destination folder; for an item that
	// was left out, what the plan calls it; for an object that no file refers to,
	// its key without the base key.
	Path    string         `json:"path"`
	Action  planner.Action `json:"action,omitempty"`
	Rule    planner.RuleID `json:"rule,omitempty"`
	Verdict Verdict        `json:"verdict"`
	Proof   Proof          `json:"proof,omitempty"`
	// What is there:
	EntityID          string `json:"entityId,omitempty"`
	Version           int64  `json:"version,omitempty"`
	FileHandleID      string `json:"fileHandleId,omitempty"`
	StorageLocationID int64  `json:"storageLocationId,omitempty"`
	Bucket            string `json:"bucket,omitempty"`
	Key               string `json:"key,omitempty"`
	SizeBytes         int64  `json:"sizeBytes"`
	// MD5 is the file handle's.
	MD5  string `json:"md5,omitempty"`
	ETag string `json:"etag,omitempty"`
	// VersionLabel is the version's, ActivityID what made it (of a project's
	// files only).
	VersionLabel string `json:"versionLabel,omitempty"`
	ActivityID   string `json:"activityId,omitempty"`
	// FileName, which a download gets, and ContentType are the file handle's.
	FileName    string `json:"fileName,omitempty"`
	ContentType string `json:"contentType,omitempty"`

	Differences []Difference `json:"differences,omitempty"`
	// Note says what could not be found out, and why.
	Note string `json:"note,omitempty"`
}

// differ adds a difference where two values are not equal.
func (r *Row) differ(field, want, got string) {
	if want != got {
		r.Differences = append(r.Differences, Difference{field, want, got})
	}
}

// note adds what could not be found out.
func (r *Row) note(text string) {
	if r.Note != "" {
		r.Note += "; "
	}
	r.Note += text
}

// conclude gives the verdict that follows from what was found. What is missing
// keeps that verdict.
func (r *Row) conclude() {
	switch {
	case r.Verdict != "":
	case len(r.Differences) > 0:
		r.Verdict = VerdictDiffers
	case r.Note != "":
		r.Verdict = VerdictUnknown
	default:
		r.Verdict = VerdictMatch
	}
	if r.Verdict != VerdictMatch {
		r.Proof = ProofNone
	}
}

// missing is the verdict about what is not there.
func (r *Row) missing(field, what string) {
	r.Verdict = VerdictMissing
	r.Differences = append(r.Differences, Difference{Field: field, Want: what})
}

// Summary counts rows.
type Summary struct {
	Verdicts map[Verdict]int64 `json:"verdicts"`
	// Proofs count the files that match.
	Proofs map[Proof]int64 `json:"proofs"`
	// ReadObjects and ReadBytes were read back.
	ReadObjects int64 `json:"readObjects"`
	ReadBytes   int64 `json:"readBytes"`
	// Seed chose the sample that was read; 0 where there was none.
	Seed uint64 `json:"seed,omitempty"`
}

// add counts a row.
func (s *Summary) add(r Row) {
	s.Verdicts[r.Verdict]++
	if r.Proof != ProofNone {
		s.Proofs[r.Proof]++
	}
}

// Wrong reports whether anything is not as planned, or could not be found
// out. What the plan leaves out is not wrong; what is extra, and objects that no
// file refers to, are, unless allowExtra.
func (s Summary) Wrong(allowExtra bool) bool {
	wrong := s.Verdicts[VerdictDiffers] + s.Verdicts[VerdictMissing] + s.Verdicts[VerdictUnknown]
	if !allowExtra {
		wrong += s.Verdicts[VerdictExtra] + s.Verdicts[VerdictUnregistered]
	}
	return wrong > 0
}
