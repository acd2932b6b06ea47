package rules

import (
	"strings"

	"synapse-migrate/planner"
)

// words are how findings speak of a source. The texts of rules have {one},
// {many} and {key} where the noun of what the source holds stands.
type words struct {
	// one and many are what is counted, key is what it lies under.
	one, many, key string
	// hints stand in for those of rules, and messages for those of findings
	// about one and about several.
	hints    map[planner.RuleID]string
	messages map[planner.RuleID][2]string
	// rename is the hint about names where --names has none.
	rename string
}

// wordsOf are a source's.
func wordsOf(s planner.Source) words {
	switch {
	case s.Project != nil:
		return projectWords()
	case s.URLs != nil:
		return words{
			one: "URL", many: "URLs", key: "path", rename: "give them other paths in the list, and plan again",
			hints: map[planner.RuleID]string{
				LimitsDepth: "migrate to a folder nearer to the project, or give them " +
					"shorter paths in the list",
				LimitsKeyTooLong: "give them shorter paths in the list; a shorter base key " +
					"helps, too",
				LimitsZeroBytes: zeroBytesHint,
			},
		}
	case s.IsS3():
		return words{one: "object", many: "objects", key: "key"}
	}
	return words{ // files in directories
		one: "file", many: "files", key: "path", rename: "rename them, and plan again",
		hints: map[planner.RuleID]string{
			LimitsDepth: "migrate to a folder nearer to the project, or what is deep " +
				"as a directory of its own",
			LimitsKeyTooLong: "give them shorter names; a shorter base key helps, too",
			LimitsZeroBytes:  zeroBytesHint,
		},
	}
}

const zeroBytesHint = "a folder with an external storage location that you created takes them"

func projectWords() words {
	const rename = "rename them in the source, and plan again"
	return words{
		one: "file", many: "files", key: "path", rename: rename,
		hints: map[planner.RuleID]string{
			NamesInvalid: rename, NamesEmptySegment: rename, NamesDots: rename,
			PlaceLookAlike: "they are brought below the base key, like any object that " +
				"lies elsewhere",
			LimitsDepth: "migrate to a folder nearer to the project, or what is deep as a " +
				"source of its own",
			LimitsKeyTooLong: "give them shorter names in the source; a shorter base key " +
				"helps, too",
			LimitsZeroBytes: zeroBytesHint,
			ObjectsObjectInUse: "remove what is in the way if nobody needs it, let Synapse choose " +
				"the keys (--layout synapse, --action upload), or migrate them to another folder",
			LimitsChildren: "spread the files over more folders in the source, and plan again, " +
				"or leave some of them out (--only)",
		},
		messages: map[planner.RuleID][2]string{
			ObjectsGone: {
				"1 file or folder was deleted while the plan was made",
				"%s files or folders were deleted while the plan was made",
			},
		},
	}
}

// rule is a rule in these words: its texts say where its noun stands. What a
// finding about a name asks for is another thing where no flag renames.
func (w words) rule(r Rule) Rule {
	if m, ok := w.messages[r.ID]; ok {
		r.one, r.many = m[0], m[1]
	}
	if hint, ok := w.hints[r.ID]; ok {
		r.Hint = hint
	} else if w.rename != "" && r.Topic == TopicNames && r.Hint != "" && r.Hint != replaceHint {
		r.Hint = w.rename
	}
	say := strings.NewReplacer("{one}", w.one, "{many}", w.many, "{key}", w.key)
	r.one, r.many, r.Hint = say.Replace(r.one), say.Replace(r.many), say.Replace(r.Hint)
	return r
}
