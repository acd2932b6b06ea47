package rules

import (
	"slices"

	"synapse-migrate/planner"
)

// Rules about earlier versions of files that get a new one.
const (
	ObjectsVersionKept       planner.RuleID = "objects/version-kept"
	ObjectsVersionLost       planner.RuleID = "objects/version-lost"
	ObjectsVersionUnseen     planner.RuleID = "objects/version-unseen"
	ObjectsVersionWithoutMD5 planner.RuleID = "objects/version-without-md5"
	ObjectsVersionChanged    planner.RuleID = "objects/version-changed"
)

// keptHint is what can be done where a version can't be kept.
const keptHint = "--if-exists skip leaves them as they are; let Synapse choose the keys " +
	"(--action upload), or migrate them to another folder"

var keptVersionRules = slices.Concat(earlierVersionRules, blockingVersionRules)

// earlierVersionRules tell what becomes of earlier versions.
var earlierVersionRules = []Rule{
	{
		ID: ObjectsVersionKept, Topic: TopicObjects, Severity: planner.SeverityInfo,
		Summary: "With --if-exists replace, an object that versions of the replaced " +
			"file point to is copied to .versions/ below the base key before it is " +
			"overwritten, and they are re-pointed to the copy.",
		Source: "this program (--if-exists replace); " +
			"NodeManagerImpl.updateNodeFileHandle, October 2024 snapshot",
		one: "1 object is copied to .versions/ below the base key before it is " +
			"overwritten, and the file's earlier versions point to the copy",
		many: "%s objects are copied to .versions/ below the base key before they " +
			"are overwritten, and the files' earlier versions point to the copies",
	},
	{
		ID: ObjectsVersionLost, Topic: TopicObjects, Severity: planner.SeverityWarn,
		Summary: "A file handle names a key, not a version of its object: where " +
			"somebody overwrote the object of a file where it lies, the file's earlier " +
			"versions point to the new content, under the MD5 of the old.",
		Source: "S3FileHandle (bucketName, key), October 2024 snapshot",
		one: "1 file's object was overwritten where it lies before this run: its " +
			"earlier versions point to the new content already",
		many: "%s files' objects were overwritten where they lie before this run: " +
			"their earlier versions point to the new content already",
		Hint: "what was overwritten is lost unless the bucket keeps versions",
	},
}

// blockingVersionRules tell why an earlier version can't be kept.
var blockingVersionRules = []Rule{
	{
		ID: ObjectsVersionUnseen, Topic: TopicObjects, Severity: planner.SeverityBlock,
		Summary: "An object is overwritten only where it can be seen which versions " +
			"of the replaced file point to it: that takes the permission to " +
			"download the file.",
		Source: "this program (--if-exists replace); EntityBundle (fileHandles), " +
			"October 2024 snapshot",
		one: "1 file would be replaced, but you may not see where its versions " +
			"are stored, so they can't be kept",
		many: "%s files would be replaced, but you may not see where their " +
			"versions are stored, so they can't be kept",
		Hint: "ask for the permission to download; " + keptHint,
	},
	{
		ID: ObjectsVersionWithoutMD5, Topic: TopicObjects, Severity: planner.SeverityBlock,
		Summary: "A version is re-pointed only to a file handle with an equal MD5: " +
			"one without any can't be kept, and its object isn't overwritten.",
		Source: "NodeManagerImpl.updateNodeFileHandle, October 2024 snapshot",
		one: "1 file would be replaced, but a version of it has no MD5, so it " +
			"can't be kept",
		many: "%s files would be replaced, but a version of each has no MD5, so it " +
			"can't be kept",
		Hint: keptHint,
	},
	{
		ID: ObjectsVersionChanged, Topic: TopicObjects, Severity: planner.SeverityBlock,
		Summary: "An object that isn't what the replaced file's version recorded was " +
			"put there by somebody else, and isn't overwritten.",
		Source: "this program (--if-exists replace)",
		one: "1 file would be replaced whose object was overwritten since Synapse " +
			"recorded it; the present content is in no version",
		many: "%s files would be replaced whose objects were overwritten since " +
			"Synapse recorded them; the present content is in no version",
		Hint: "register the present content as a version first (migrate bucket on the " +
			"destination's own bucket, --if-exists replace), or remove it",
	},
}
