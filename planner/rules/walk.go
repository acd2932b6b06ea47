package rules

import "synapse-migrate/planner"

// Rules about what is met while a project is walked.
const (
	MoveNameTaken        planner.RuleID = "move/name-taken"
	MoveVersionsLeft     planner.RuleID = "move/versions-left"
	SourceLocationUnused planner.RuleID = "source/location-unused"
)

var walkRules = []Rule{
	{
		ID: MoveNameTaken, Topic: TopicMove, Severity: planner.SeverityBlock,
		Summary: "A file can't be moved to a folder that holds a file of its name.",
		Source:  "Node table (parent and name are unique), October 2024 snapshot",
		one:     "1 file has a name that a file in its place in the destination has already",
		many:    "%s files have names that files in their places in the destination have already",
		Hint:    "rename or delete what is there, or migrate to another folder",
	},
	{
		ID: MoveVersionsLeft, Topic: TopicMove, Severity: planner.SeverityWarn,
		Summary: "Older versions can follow a file only once it has moved. Where the " +
			"run file of such a move is lost, or the file was moved with --versions " +
			"latest, they still lie elsewhere. --mode move with all versions finds " +
			"them in the folders of the destination that the source has, too.",
		Source: "this program; NodeManagerImpl.updateNodeFileHandle (the storage " +
			"location must be that of the file's place), October 2024 snapshot",
		one: "1 older version of a file that is in the destination already lies " +
			"elsewhere still, and is brought there",
		many: "%s older versions of files that are in the destination already lie " +
			"elsewhere still, and are brought there",
		Hint: "look whether these are files of this source: their folders have the " +
			"same names; --versions latest leaves older versions where they are",
	},
	{
		ID: SourceLocationUnused, Topic: TopicSource, Severity: planner.SeverityWarn,
		Summary: "A storage location that the source was narrowed to " +
			"(--storage-locations) holds none of its files.",
		Source: "this program",
		one:    "1 storage location that was asked for holds no file of the source",
		many:   "%s storage locations that were asked for hold no file of the source",
		Hint:   "check their numbers",
	},
}
