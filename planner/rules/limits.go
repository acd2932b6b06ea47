package rules

import (
	"slices"
	"unicode/utf8"

	"synapse-migrate/planner"
)

// Rules about numbers that the services set.
const (
	LimitsKeyTooLong planner.RuleID = "limits/key-too-long"
	LimitsTooLarge   planner.RuleID = "limits/too-large"
	LimitsZeroBytes  planner.RuleID = "limits/zero-bytes"
	LimitsDepth      planner.RuleID = "limits/depth"
	LimitsChildren   planner.RuleID = "limits/children"
	LimitsSharded    planner.RuleID = "limits/sharded"
	LimitsTooSpread  planner.RuleID = "limits/too-spread"

	LimitsStorage        planner.RuleID = "limits/project-storage"
	LimitsStorageUnknown planner.RuleID = "limits/project-storage-unknown"
)

var limitRules = slices.Concat(objectLimitRules, treeLimitRules, storageLimitRules)

var objectLimitRules = []Rule{
	{
		ID: LimitsKeyTooLong, Topic: TopicLimits, Severity: planner.SeverityBlock,
		Summary: "A file handle holds keys of up to 700 characters; S3 itself, " +
			"1,024 bytes.",
		Source: "Files table, October 2024 snapshot; S3 User Guide, object keys",
		one: "1 {one}'s key in the destination would be longer than 700 " +
			"characters, or than 1,024 bytes",
		many: "%s {many}' keys in the destination would be longer than 700 " +
			"characters, or than 1,024 bytes",
		Hint: "copy them to shorter keys; a shorter base key helps where " +
			"objects are copied",
	},
	{
		ID: LimitsTooLarge, Topic: TopicLimits, Severity: planner.SeverityBlock,
		Summary: "An upload through Synapse ends at 5 TiB, a copy or stream at " +
			"S3's 48.8 TiB. Registered objects may have any size.",
		Source: "PartUtils, October 2024 snapshot; S3 User Guide, multipart " +
			"upload limits, November 2026",
		one:  "1 {one} is larger than the destination can take",
		many: "%s {many} are larger than the destination can take",
		Hint: "copy them below the base key of an external storage location, " +
			"and they can be registered",
	},
	{
		ID: LimitsZeroBytes, Topic: TopicLimits, Severity: planner.SeverityBlock,
		Summary: "Synapse's multipart upload takes no object without bytes; " +
			"registering one is possible.",
		Source: "MultipartUploadRequestHandler (File size must be at least one " +
			"byte), October 2024 snapshot",
		one:  "1 {one} has no bytes, and Synapse takes no upload of zero bytes",
		many: "%s {many} have no bytes, and Synapse takes no upload of zero bytes",
		Hint: "they can be registered in an external storage location that you created",
	},
}

var treeLimitRules = []Rule{
	{
		ID: LimitsDepth, Topic: TopicLimits, Severity: planner.SeverityBlock,
		Summary: "An entity lies at most 50 deep, the root counting as 1 and the " +
			"project as 2.",
		Source: "NodeManagerImpl.validatePathDepth, October 2024 snapshot",
		one:    "1 {one} would lie deeper than 50 levels",
		many:   "%s {many} would lie deeper than 50 levels",
		Hint: "migrate to a folder nearer to the project, or with a longer " +
			"source prefix",
	},
	{
		ID: LimitsChildren, Topic: TopicLimits, Severity: planner.SeverityStop,
		Summary: "A folder has at most 10,000 children, what it already holds included.",
		Source:  "NodeManagerImpl.validateChildCount, October 2024 snapshot",
		Hint: "--shard-folders spreads the files over numbered sub-folders " +
			"(part-0001, part-0002, ...); keys stay as they are",
	},
	{
		ID: LimitsSharded, Topic: TopicLimits, Severity: planner.SeverityInfo,
		Summary: "With --shard-folders, the files of a folder with too many " +
			"children go to sub-folders part-0001, part-0002, ... in the order of " +
			"their keys.",
		Source: "this program",
	},
	{
		ID: LimitsTooSpread, Topic: TopicLimits, Severity: planner.SeverityStop,
		Summary: "Objects are looked for in the sub-folders part-0001, part-0002, " +
			"... that their folder has already, so that none is migrated twice; " +
			"that is done for up to 2,000,000 files of one folder.",
		Source: "this program",
		Hint: "go on with the run file of the run that spread them, or migrate " +
			"to another folder",
	},
}

// CheckKey finds a key that a file handle can't hold, or that may mean another
// object to others.
func CheckKey(key string, l planner.Limits) planner.RuleID {
	if planner.DotSegment(key) {
		return PlaceDotSegment
	}
	if len(key) > l.KeyBytes || utf8.RuneCountInString(key) > l.KeyChars {
		return LimitsKeyTooLong
	}
	return ""
}

// CheckSize finds a size that the action can't move.
func CheckSize(a planner.Action, sizeBytes int64, l planner.Limits) planner.RuleID {
	key := a.Traits().Key
	switch {
	case key == planner.KeySynapse && sizeBytes == 0:
		return LimitsZeroBytes
	case key == planner.KeySynapse && sizeBytes > l.UploadBytes,
		key == planner.KeyMirrored && sizeBytes > l.ObjectBytes:
		return LimitsTooLarge
	}
	return ""
}
