package rules

import (
	"slices"

	"synapse-migrate/planner"
)

// Rules about where an object lies.
const (
	PlaceOutside    planner.RuleID = "place/outside-base-key"
	PlaceLookAlike  planner.RuleID = "place/base-key-look-alike"
	PlaceCopyable   planner.RuleID = "place/copy-possible"
	PlaceNoCopy     planner.RuleID = "place/copy-impossible"
	PlaceOwnerTxt   planner.RuleID = "place/owner-txt"
	PlaceCantBeDone planner.RuleID = "place/action-impossible"
	PlaceDotSegment planner.RuleID = "place/dot-segment"
	PlaceSplitName  planner.RuleID = "place/prefix-splits-name"
)

var placeRules = slices.Concat(baseKeyRules, probeRules)

var baseKeyRules = []Rule{
	{
		ID: PlaceOutside, Topic: TopicPlace, Severity: planner.SeverityBlock,
		Summary: "With --action register, an object that does not lie below the " +
			"base key is left out: the folder's credentials couldn't read it.",
		Source: "StsManagerImpl, sts-policy-template, October 2024 snapshot",
		one: "1 {one} does not lie below the folder's base key, so it can't " +
			"be registered where it is",
		many: "%s {many} do not lie below the folder's base key, so they " +
			"can't be registered where they are",
		Hint: "leave --action out, and they are copied below the base key",
	},
	{
		ID: PlaceLookAlike, Topic: TopicPlace, Severity: planner.SeverityWarn,
		Summary: "A key that begins with the base key but not with the base key " +
			"and a slash is not below it; Synapse would register it, but the " +
			"folder's credentials can't read it.",
		Source: "FileHandleManagerImpl.createExternalS3FileHandle against " +
			"sts-policy-template, October 2024 snapshot",
		one: "1 key begins with the base key, but without a slash after it, " +
			"so it is not below the base key",
		many: "%s keys begin with the base key, but without a slash after it, " +
			"so they are not below the base key",
		Hint: "they are treated like any object outside of the base key; end " +
			"the source prefix with a slash to leave them out",
	},
	{
		ID: PlaceCantBeDone, Topic: TopicPlace, Severity: planner.SeverityBlock,
		Summary: "With --action copy, an object that the destination's " +
			"credentials can't read is left out.",
		Source: "this program",
		one:    "1 {one} can't be brought to the destination by the action asked for",
		many:   "%s {many} can't be brought to the destination by the action asked for",
		Hint: "leave --action out, or give one principal the right to read the " +
			"source and write the destination",
	},
	{
		ID: PlaceDotSegment, Topic: TopicPlace, Severity: planner.SeverityBlock,
		Summary: "Nothing is written to, or registered at, a key with a segment . or " +
			".., also with blanks around it, behind a backslash, or as %2e: many " +
			"servers and clients resolve it, and then it lies elsewhere, above the " +
			"base key if need be.",
		Source: "RFC 3986, section 5.2.4 (remove dot segments); this program",
		one: "1 {one} would get a key with a segment . or .., which many servers " +
			"and clients take for another key",
		many: "%s {many} would get keys with a segment . or .., which many servers " +
			"and clients take for other keys",
		Hint: "copy them to keys without such segments in the source, or let Synapse " +
			"choose their keys (--action upload)",
	},
	{
		ID: PlaceSplitName, Topic: TopicPlace, Severity: planner.SeverityWarn,
		Summary: "A source prefix without a slash at its end takes all keys that begin " +
			"with its letters: run7 takes run70/a, too.",
		Source: "S3 User Guide, organizing objects using prefixes",
		one:    "1 {one}'s key continues in the middle of the name that the source prefix ends with",
		many: "%s {many} have keys that continue in the middle of the name that the source " +
			"prefix ends with",
		Hint: "end the source with a slash to take only what is below that name; leave it " +
			"as it is if these objects are meant, too",
	},
	{
		ID: PlaceOwnerTxt, Topic: TopicPlace, Severity: planner.SeverityInfo,
		Summary: "owner.txt at the base key belongs to the storage location, not " +
			"to the data.",
		Source: "BucketOwnerVerifierImpl, sts-policy-template, October 2024 snapshot",
		one:    "owner.txt, which proves to Synapse who owns the bucket, is not migrated",
		many: "%s {many} are or would become the owner.txt at the base key " +
			"and are not migrated",
	},
}

var probeRules = []Rule{
	{
		ID: PlaceCopyable, Topic: TopicPlace, Severity: planner.SeverityInfo,
		Summary: "One principal can read the source and write the destination, so " +
			"objects are copied inside S3.",
		Source: "this program, by one HeadObject on a source object",
	},
	{
		ID: PlaceNoCopy, Topic: TopicPlace, Severity: planner.SeverityInfo,
		Summary: "No principal can both read the source and write the " +
			"destination, so bytes pass through this machine.",
		Source: "this program, by one HeadObject on a source object",
		Hint: "if the credentials that read the source may also write the " +
			"destination, --dest-credentials source copies inside S3",
	},
}

// CheckProbe tells what was found out about server-side copies.
func CheckProbe(p CopyProbe, bucket string) []planner.Finding {
	switch p {
	case CopyPossible:
		return []planner.Finding{AboutRun(PlaceCopyable,
			"objects of bucket %s are copied inside S3: the credentials that write "+
				"the destination can read them", bucket)}
	case CopyImpossible:
		return []planner.Finding{AboutRun(PlaceNoCopy,
			"objects of bucket %s can't be copied inside S3: the credentials that "+
				"write the destination can't read them", bucket)}
	}
	return nil
}
