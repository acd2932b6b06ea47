package rules

import (
	"slices"

	"synapse-migrate/planner"
)

// Rules about --mode move, and about the keys that objects get.
const (
	MoveChangesSource  planner.RuleID = "move/changes-source"
	MoveFoldersStay    planner.RuleID = "move/folders-stay"
	MoveNoMD5          planner.RuleID = "move/md5-differs"
	MoveVersionInPlace planner.RuleID = "move/version-in-place"
	MoveNoPermission   planner.RuleID = "move/no-permission"

	LayoutSynapse     planner.RuleID = "layout/synapse-keys"
	LayoutNotMirrored planner.RuleID = "layout/not-mirrored"
	LayoutHandleLeft  planner.RuleID = "layout/file-handle-left"
	LayoutKept        planner.RuleID = "layout/kept-keys"
	LayoutReserved    planner.RuleID = "layout/reserved-folder"
	LayoutOwnerTxt    planner.RuleID = "layout/owner-txt"
)

var moveRules = slices.Concat(movePlanRules, moveFileRules)

var movePlanRules = []Rule{
	{
		ID: MoveChangesSource, Topic: TopicMove, Severity: planner.SeverityWarn,
		Summary: "With --mode move, files leave the source: each keeps its " +
			"Synapse ID and gets a new place and a new file handle.",
		Source: "this program (--mode move)",
		Hint:   "--mode copy leaves the source as it is",
	},
	{
		ID: MoveFoldersStay, Topic: TopicMove, Severity: planner.SeverityInfo,
		Summary: "Folders can't be moved into an STS folder; they are created again, " +
			"and the source's stay, without the files that were moved.",
		Source: "FolderMetadataProvider (Non-STS-enabled folders cannot be placed " +
			"inside STS-enabled folders), October 2024 snapshot",
	},
}

var moveFileRules = []Rule{
	{
		ID: MoveNoMD5, Topic: TopicMove, Severity: planner.SeverityBlock,
		Summary: "A file keeps its version only when its new file handle has " +
			"the very MD5 of the old one: a handle without MD5, or with one in " +
			"capital letters, would make a new version.",
		Source: "EntityManagerImpl.updateEntity, NodeManagerImpl." +
			"updateNodeFileHandle, October 2024 snapshot",
		one: "1 file version has no MD5 in Synapse that a new file handle could " +
			"repeat, so moving it would make another version of it",
		many: "%s file versions have no MD5 in Synapse that a new file handle " +
			"could repeat, so moving them would make other versions of them",
		Hint: "--mode copy migrates them as new files",
	},
	{
		ID: MoveVersionInPlace, Topic: TopicMove, Severity: planner.SeverityInfo,
		Summary: "An older version whose object lies in the destination's storage " +
			"location already needs nothing.",
		Source: "this program",
		one:    "1 older version lies in the destination's storage location already",
		many:   "%s older versions lie in the destination's storage location already",
	},
	{
		ID: MoveNoPermission, Topic: TopicMove, Severity: planner.SeverityBlock,
		Summary: "Moving a file takes the rights UPDATE and CHANGE_PERMISSIONS on " +
			"the file itself.",
		Source: "NodeManagerImpl.updateNode (CHANGE_PERMISSIONS is required to " +
			"move to a new location), October 2024 snapshot",
		one:  "1 file may not be moved by you",
		many: "%s files may not be moved by you",
		Hint: "ask an administrator of the source for these rights, or use --mode copy",
	},
}

var layoutRules = []Rule{
	{
		ID: LayoutSynapse, Topic: TopicLayout, Severity: planner.SeverityInfo,
		Summary: "What Synapse copies or takes as an upload gets a key that " +
			"Synapse chooses, below the base key.",
		Source: "MultipartUtils, October 2024 snapshot",
		one:    "1 object gets a key that Synapse chooses",
		many:   "%s objects get keys that Synapse chooses",
		Hint: "--layout mirrored brings what Synapse copied to keys like the " +
			"files' paths, by one more copy inside the folder",
	},
	{
		ID: LayoutHandleLeft, Topic: TopicLayout, Severity: planner.SeverityInfo,
		Summary: "With --layout mirrored, an object that Synapse copied is brought to its " +
			"mirrored key and gets another file handle there. The first one stays, and " +
			"nothing refers to it: to delete a file handle is to delete its object.",
		Source: "FileHandleManagerImpl.deleteFileHandle, October 2024 snapshot",
		one:    "1 file handle of an object that Synapse copied stays behind, and nothing refers to it",
		many: "%s file handles of objects that Synapse copied stay behind, and nothing refers " +
			"to them",
		Hint: "they take no space, and no one sees them; --layout synapse makes none",
	},
	{
		ID: LayoutNotMirrored, Topic: TopicLayout, Severity: planner.SeverityWarn,
		Summary: "With --layout mirrored, an object still gets a key that Synapse " +
			"chooses where this program can't write to the destination, where " +
			"it is uploaded, or where its own key is too long or taken.",
		Source: "MultipartUtils, StsManagerImpl (STS write access is not allowed " +
			"in Synapse storage), October 2024 snapshot",
		one:  "1 object gets a key that Synapse chooses, and not one like its path",
		many: "%s objects get keys that Synapse chooses, and not ones like their paths",
		Hint: "mirrored keys need a folder with an external storage location of your " +
			"own, read_write credentials for it, and paths that are not too long for a " +
			"key and not reserved (owner.txt, .versions)",
	},
	{
		ID: LayoutKept, Topic: TopicLayout, Severity: planner.SeverityInfo,
		Summary: "An object that lies below the base key already is used where it " +
			"lies, whatever its key.",
		Source: "this program",
		one:    "1 object stays at its key below the base key, which differs from its path",
		many:   "%s objects stay at their keys below the base key, which differ from their paths",
	},
	{
		ID: LayoutReserved, Topic: TopicLayout, Severity: planner.SeverityBlock,
		Summary: "With --versions all, the objects of older versions lie below " +
			".versions at the base key; a file or folder of that name at the top " +
			"can't have its own objects there.",
		Source: "this program",
		one:    "1 file's key would begin with .versions, which holds older versions",
		many:   "%s files' keys would begin with .versions, which holds older versions",
		Hint:   "rename the file or folder .versions in the source",
	},
	{
		ID: LayoutOwnerTxt, Topic: TopicLayout, Severity: planner.SeverityBlock,
		Summary: "The key owner.txt at the base key holds the proof of who owns " +
			"the bucket, and can't be used for a file.",
		Source: "BucketOwnerVerifierImpl, sts-policy-template, October 2024 snapshot",
		one:    "1 file is called owner.txt, whose key the storage location needs",
		many:   "%s files are called owner.txt, whose key the storage location needs",
		Hint:   "rename the file in the source",
	},
}
