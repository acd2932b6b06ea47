package rules

import (
	"errors"
	"slices"

	"synapse-migrate/planner"
)

// Rules about the names that keys become.
const (
	NamesInvalid       planner.RuleID = "names/invalid"
	NamesTooLong       planner.RuleID = "names/too-long"
	NamesEmptySegment  planner.RuleID = "names/empty-segment"
	NamesDots          planner.RuleID = "names/dots"
	NamesNotUTF8       planner.RuleID = "names/not-utf8"
	NamesReplaced      planner.RuleID = "names/replaced"
	NamesFileAndFolder planner.RuleID = "names/file-and-folder"
	NamesSame          planner.RuleID = "names/same-name"
)

const replaceHint = "--names replace gives them names that can be turned back into the {key}s"

var nameRules = slices.Concat(invalidNameRules, strictNameRules, clashRules)

var invalidNameRules = []Rule{
	{
		ID: NamesInvalid, Topic: TopicNames, Severity: planner.SeverityBlock,
		Summary: "Each segment of a key becomes a name, of ASCII letters, digits, " +
			"blanks and , _ . - + ( ) ', with no blank at its ends.",
		Source: "ModelConstants.VALID_ENTITY_NAME_REGEX; blanks: the server " +
			"trims them silently; October 2024 snapshot",
		one:  "1 {one}'s {key} has a segment that Synapse doesn't allow as a name",
		many: "%s {many}' {key}s have segments that Synapse doesn't allow as names",
		Hint: replaceHint,
	},
	{
		ID: NamesTooLong, Topic: TopicNames, Severity: planner.SeverityBlock,
		Summary: "A name has at most 256 characters, after replacement.",
		Source:  "NameValidation, October 2024 snapshot",
		one: "1 {one}'s {key} has a segment whose name would be longer than " +
			"256 characters",
		many: "%s {many}' {key}s have segments whose names would be longer than " +
			"256 characters",
		Hint: "copy them to keys with shorter segments",
	},
	{
		ID: NamesEmptySegment, Topic: TopicNames, Severity: planner.SeverityBlock,
		Summary: "Two slashes in a row, or one at an end of the relative path, " +
			"make a name without characters.",
		Source: "NameValidation, October 2024 snapshot",
		one:    "1 {one}'s {key} has an empty segment between slashes or at an end",
		many:   "%s {many}' {key}s have an empty segment between slashes or at an end",
		Hint:   replaceHint,
	},
}

var strictNameRules = []Rule{
	{
		ID: NamesDots, Topic: TopicNames, Severity: planner.SeverityBlock,
		Summary: "A segment of one or two dots leads out of its folder wherever " +
			"the tree is written to disk. Synapse itself would take it.",
		Source: "this program",
		one: "1 {one}'s {key} has a segment of one or two dots, which leads " +
			"out of its folder when it is downloaded",
		many: "%s {many}' {key}s have a segment of one or two dots, which leads " +
			"out of its folder when it is downloaded",
		Hint: replaceHint,
	},
	{
		ID: NamesNotUTF8, Topic: TopicNames, Severity: planner.SeverityBlock,
		Summary: "A key that isn't UTF-8 can't be sent to Synapse, whose " +
			"documents are JSON.",
		Source: "RFC 8259, section 8.1",
		one:    "1 {one}'s {key} is not UTF-8",
		many:   "%s {many}' {key}s are not UTF-8",
		Hint:   "copy them to keys in UTF-8",
	},
	{
		ID: NamesReplaced, Topic: TopicNames, Severity: planner.SeverityInfo,
		Summary: "With --names replace, what a name can't hold is written as " +
			"(x..), the hex of its UTF-8 bytes. Keys stay as they are, and up to " +
			"500 characters of key go into the annotation originalKey.",
		Source: "this program",
		one:    "1 {one} gets a name that differs from its {key}",
		many:   "%s {many} get names that differ from their {key}s",
	},
}

var clashRules = []Rule{
	{
		ID: NamesFileAndFolder, Topic: TopicNames, Severity: planner.SeverityBlock,
		Summary: "A file and a folder can't have the same name in the same " +
			"folder: a and a/b are two keys, but a can't be both.",
		Source: "Node table (parent and name are unique across types), October " +
			"2024 snapshot",
		one:  "1 {one} has the path of a folder that other {many} need",
		many: "%s {many} have the path of a folder that other {many} need",
		Hint: "copy them to other keys, or migrate them on their own into " +
			"another folder",
	},
	{
		ID: NamesSame, Topic: TopicNames, Severity: planner.SeverityBlock,
		Summary: "Two files can't have the same name in the same folder.",
		Source: "Node table (parent and name are unique across types), October " +
			"2024 snapshot",
		one:  "1 {one} would have the same path as another",
		many: "%s {many} would have the same path as another",
		Hint: "copy them to other keys",
	},
}

// NameRule is the rule that a name error breaks.
func NameRule(err error) planner.RuleID {
	switch {
	case errors.Is(err, planner.ErrNameEmpty):
		return NamesEmptySegment
	case errors.Is(err, planner.ErrNameDots):
		return NamesDots
	case errors.Is(err, planner.ErrNameLong):
		return NamesTooLong
	}
	return NamesInvalid
}
