package rules

import (
	"regexp"
	"slices"
	"strings"

	"synapse-migrate/planner"
)

// Rules about objects, and about what is already at the destination.
const (
	ObjectsMarker         planner.RuleID = "objects/directory-marker"
	ObjectsPreview        planner.RuleID = "objects/synapse-preview"
	ObjectsArchived       planner.RuleID = "objects/archived"
	ObjectsRestored       planner.RuleID = "objects/restored-for-now"
	ObjectsGone           planner.RuleID = "objects/gone"
	ObjectsUnreadable     planner.RuleID = "objects/unreadable"
	ObjectsCustomerKey    planner.RuleID = "objects/customer-key"
	ObjectsKMS            planner.RuleID = "objects/kms"
	ObjectsETagUnproven   planner.RuleID = "objects/etag-not-proven"
	ObjectsRequesterPays  planner.RuleID = "objects/requester-pays"
	ObjectsMigrated       planner.RuleID = "objects/already-migrated"
	ObjectsOtherEntity    planner.RuleID = "objects/name-taken"
	ObjectsFileDiffers    planner.RuleID = "objects/file-differs"
	ObjectsFileKept       planner.RuleID = "objects/file-kept"
	ObjectsFileReplaced   planner.RuleID = "objects/file-replaced"
	ObjectsObjectDiffers  planner.RuleID = "objects/object-differs"
	ObjectsObjectKept     planner.RuleID = "objects/object-kept"
	ObjectsObjectReplaced planner.RuleID = "objects/object-replaced"
	ObjectsObjectInUse    planner.RuleID = "objects/object-in-use"
)

var objectRules = slices.Concat(sourceObjectRules, readableRules,
	existingFileRules, existingObjectRules, keptVersionRules)

var sourceObjectRules = []Rule{
	{
		ID: ObjectsMarker, Topic: TopicObjects, Severity: planner.SeverityInfo,
		Summary: "An object without bytes whose key ends in a slash stands for a " +
			"directory and is skipped.",
		Source: "S3 User Guide, organizing objects using folders",
		one:    "1 {one} stands for a directory and is skipped",
		many:   "%s {many} stand for directories and are skipped",
	},
	{
		ID: ObjectsPreview, Topic: TopicObjects, Severity: planner.SeverityInfo,
		Summary: "Previews that Synapse itself wrote below the base key (user ID, " +
			"UUID, UUID) are skipped.",
		Source: "PreviewManagerImpl, October 2024 snapshot",
		one:    "1 {one} is a preview that Synapse wrote and is skipped",
		many:   "%s {many} are previews that Synapse wrote and are skipped",
	},
	{
		ID: ObjectsKMS, Topic: TopicObjects, Severity: planner.SeverityWarn,
		Summary: "An object under a KMS key can be read only by who may use that " +
			"key; its ETag is no MD5.",
		Source: "S3 User Guide, checking object integrity (ETag)",
		one:    "1 {one} is encrypted with a KMS key",
		many:   "%s {many} are encrypted with a KMS key",
		Hint: "let Synapse's role and the readers of the folder use the key, " +
			"or they can't download",
	},
	{
		ID: ObjectsETagUnproven, Topic: TopicObjects, Severity: planner.SeverityInfo,
		Summary: "An ETag that looks like an MD5 is taken for one only in AWS's " +
			"general purpose buckets, and on other servers where the configuration " +
			"says so (etags: md5): others make random ones that look the same. " +
			"Without another proof the object is read to be hashed.",
		Source: "S3 API Reference, Object (ETag) and PutObject (directory buckets)",
		one: "1 {one} is read only to be hashed: its ETag looks like an MD5, but " +
			"nothing proves that its server makes such ETags",
		many: "%s {many} are read only to be hashed: their ETags look like MD5s, but " +
			"nothing proves that their servers make such ETags",
		Hint: "if the server's operator says that the ETag of an object written in one " +
			"part is its MD5, `etags: md5` for the bucket in migrate.yaml (or " +
			"MIGRATE_ETAGS=md5 for all that is not AWS) saves that; plan again in a " +
			"new run file. It never holds for AWS's directory buckets",
	},
	{
		ID: ObjectsRequesterPays, Topic: TopicObjects, Severity: planner.SeverityInfo,
		Summary: "Requests to a requester-pays bucket, and the bytes read from " +
			"it, are charged to the caller.",
		Source: "S3 User Guide, Requester Pays buckets",
	},
}

var readableRules = []Rule{
	{
		ID: ObjectsArchived, Topic: TopicObjects, Severity: planner.SeverityBlock,
		Summary: "An archived object can't be read or copied without a restored copy.",
		Source: "S3 API Reference, HeadObject (x-amz-storage-class, " +
			"x-amz-restore, x-amz-archive-status)",
		one:  "1 {one} is archived and has no restored copy",
		many: "%s {many} are archived and have no restored copy",
		Hint: "restore them (aws s3api restore-object) and plan again in a new run file",
	},
	{
		ID: ObjectsRestored, Topic: TopicObjects, Severity: planner.SeverityWarn,
		Summary: "A restored copy of an archived object goes away on a day of its own.",
		Source:  "S3 API Reference, HeadObject (x-amz-restore)",
		one:     "1 {one} is archived; it can be read only while its restored copy lasts",
		many: "%s {many} are archived; they can be read only while their " +
			"restored copies last",
		Hint: "run before the copies expire; where objects are registered in " +
			"place, nobody can download them afterwards",
	},
	{
		ID: ObjectsGone, Topic: TopicObjects, Severity: planner.SeverityBlock,
		Summary: "An object was listed and is gone when it is looked at.",
		Source:  "this program",
		one:     "1 {one} was deleted while the plan was made",
		many:    "%s {many} were deleted while the plan was made",
	},
	{
		ID: ObjectsUnreadable, Topic: TopicObjects, Severity: planner.SeverityBlock,
		Summary: "The source's credentials may list an object, but not read it.",
		Source:  "S3 API Reference, HeadObject (403)",
		one:     "1 {one} may be listed but not read with the source's credentials",
		many:    "%s {many} may be listed but not read with the source's credentials",
		Hint: "allow s3:GetObject (and kms:Decrypt) to the source's " +
			"credentials; a requester-pays bucket must be configured as one",
	},
	{
		ID: ObjectsCustomerKey, Topic: TopicObjects, Severity: planner.SeverityBlock,
		Summary: "An object under a key of the customer's own (SSE-C) can be read " +
			"with that key alone, which Synapse doesn't have.",
		Source: "S3 User Guide, SSE-C; HeadObject answers 400 without the key",
		one: "S3 refuses to describe 1 {one}, most often because it is " +
			"encrypted with a key of your own (SSE-C)",
		many: "S3 refuses to describe %s {many}, most often because they are " +
			"encrypted with keys of your own (SSE-C)",
		Hint: "copy them onto themselves with SSE-S3 or SSE-KMS",
	},
}

var existingFileRules = []Rule{
	{
		ID: ObjectsMigrated, Topic: TopicObjects, Severity: planner.SeverityInfo,
		Summary: "A file of that name already holds the object, in its folder or in " +
			"a sub-folder part-0001, part-0002, ... of it. What proves it: equal " +
			"MD5s (the file handle's is taken for what was registered), equal " +
			"checksums of one algorithm over the whole object, equal ETags of " +
			"uploads of equal parts, or the record of its source that the object " +
			"carries since it was written (migrate-origin in its user metadata): a " +
			"source that still has that ETag is unchanged. Equal sizes and dates " +
			"prove nothing.",
		Source: "this program",
		one:    "1 {one} is already migrated and is skipped",
		many:   "%s {many} are already migrated and are skipped",
	},
	{
		ID: ObjectsOtherEntity, Topic: TopicObjects, Severity: planner.SeverityBlock,
		Summary: "The destination holds something else under a name that the plan " +
			"needs: a folder where a file would go, or the reverse.",
		Source: "Node table (parent and name are unique across types), October " +
			"2024 snapshot",
		one: "1 {one} needs a name that something of another type already " +
			"has in the destination",
		many: "%s {many} need names that something of another type already " +
			"has in the destination",
		Hint: "rename what is there, or migrate to another folder",
	},
	{
		ID: ObjectsFileDiffers, Topic: TopicObjects, Severity: planner.SeverityBlock,
		Summary: "The destination holds a file of that name with other content.",
		Source:  "this program (--if-exists fail)",
		one: "1 {one} has a path at which the destination holds a file with " +
			"other content",
		many: "%s {many} have paths at which the destination holds files with " +
			"other content",
		Hint: "--if-exists skip keeps what is there, --if-exists replace gives " +
			"it a new version",
	},
	{
		ID: ObjectsFileKept, Topic: TopicObjects, Severity: planner.SeverityInfo,
		Summary: "With --if-exists skip, files that the destination holds stay as " +
			"they are.",
		Source: "this program (--if-exists skip)",
		one: "1 {one} is skipped: the destination holds a file with other " +
			"content at its path",
		many: "%s {many} are skipped: the destination holds files with other " +
			"content at their paths",
	},
	{
		ID: ObjectsFileReplaced, Topic: TopicObjects, Severity: planner.SeverityWarn,
		Summary: "With --if-exists replace, files that the destination holds get " +
			"a new version. Their earlier versions stay what they were.",
		Source: "this program (--if-exists replace)",
		one: "1 file of the destination gets a new version; its earlier versions " +
			"stay what they were",
		many: "%s files of the destination get a new version; their earlier " +
			"versions stay what they were",
		Hint: "--if-exists skip leaves them as they are",
	},
}

var existingObjectRules = []Rule{
	{
		ID: ObjectsObjectDiffers, Topic: TopicObjects, Severity: planner.SeverityBlock,
		Summary: "The destination's bucket holds another object under the key " +
			"that an object would be copied to.",
		Source: "this program (--if-exists fail)",
		one:    "1 {one} would be copied to a key that holds other content",
		many:   "%s {many} would be copied to keys that hold other content",
		Hint:   "--if-exists skip keeps what is there, --if-exists replace overwrites it",
	},
	{
		ID: ObjectsObjectKept, Topic: TopicObjects, Severity: planner.SeverityInfo,
		Summary: "With --if-exists skip, objects that the destination's bucket " +
			"holds stay as they are.",
		Source: "this program (--if-exists skip)",
		one:    "1 {one} is skipped: its key in the destination holds other content",
		many:   "%s {many} are skipped: their keys in the destination hold other content",
	},
	{
		ID: ObjectsObjectReplaced, Topic: TopicObjects, Severity: planner.SeverityWarn,
		Summary: "With --if-exists replace, objects that the destination's bucket " +
			"holds are overwritten, where no version of the replaced file points to " +
			"them.",
		Source: "this program (--if-exists replace)",
		one:    "1 object of the destination's bucket is overwritten",
		many:   "%s objects of the destination's bucket are overwritten",
		Hint:   "overwritten content is lost unless the bucket keeps versions",
	},
	{
		ID: ObjectsObjectInUse, Topic: TopicObjects, Severity: planner.SeverityBlock,
		Summary: "With --if-exists replace, no object is overwritten that another file " +
			"refers to, as far as Synapse finds such files by the object's MD5. Files " +
			"of a project replace no object whose MD5 isn't known.",
		Source: "this program (--if-exists replace)",
		one: "1 file would overwrite an object that another file refers to, or where " +
			"that can't be ruled out",
		many: "%s files would overwrite objects that other files refer to, or where " +
			"that can't be ruled out",
		Hint: "remove what is in the way if nobody needs it, let Synapse choose the keys " +
			"(--action upload), or migrate them to another folder",
	},
}

// checkRequester tells who pays.
func checkRequester(o planner.Options) []planner.Finding {
	if !o.RequesterPays {
		return nil
	}
	return []planner.Finding{AboutRun(ObjectsRequesterPays,
		"the source is a requester-pays bucket: you are charged for requests and for "+
			"bytes read")}
}

// IsMarker reports whether an object stands for a directory.
func IsMarker(o planner.Object) bool {
	return o.SizeBytes == 0 && strings.HasSuffix(o.Key, "/")
}

// previewKey matches the key of a preview, below the base key.
var previewKey = regexp.MustCompile(`^[0-9]+/` + uuid + `/` + uuid + `$`)

const uuid = `[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`

// IsPreview reports whether an object in the destination's bucket is a
// preview that Synapse wrote.
func IsPreview(key, baseKey string) bool {
	below, ok := planner.Below(key, baseKey)
	return ok && previewKey.MatchString(below)
}

// archiveClasses can't be read at once (S3 User Guide, storage classes, read
// November 2026); GLACIER_IR can.
var archiveClasses = map[string]bool{"GLACIER": true, "DEEP_ARCHIVE": true}

// CheckArchive finds an object that can't be read now, or only for a while.
// The note is a rule that doesn't hold the item up.
func CheckArchive(d planner.Detail) (block, note planner.RuleID) {
	if !archiveClasses[d.StorageClass] && d.ArchiveStatus == "" {
		return "", ""
	}
	if strings.Contains(d.Restore, `ongoing-request="false"`) {
		return "", ObjectsRestored
	}
	return ObjectsArchived, ""
}

// IsKMS reports whether an object is under a KMS key.
func IsKMS(d planner.Detail) bool { return strings.HasPrefix(d.Encryption, "aws:kms") }
