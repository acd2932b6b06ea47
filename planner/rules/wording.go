package rules

import (
	"strings"

	"synapse-migrate/planner"
)

// words are how findings speak of a source. The rules are worded for the
// objects of a bucket; what other sources hold is called otherwise.
type words struct {
	// one and many are what is counted.
	one, many string
	// hints stand in for those of rules, and messages for those of findings
	// about one and about several.
	hints    map[planner.RuleID]string
	messages map[planner.RuleID][2]string
	// rename is the hint about names where --names has none.
	rename string
}

// wordsOf are a source's; none for a bucket.
func wordsOf(s planner.Source) words {
	switch {
	case s.Project != nil:
		return projectWords()
	case s.Directory != nil:
		return words{
			one: "file", many: "files", rename: "rename them, and plan anew",
			hints: map[planner.RuleID]string{
				LimitsDepth: "migrate to a folder nearer to the project, or what lies deep " +
					"as a directory of its own",
				LimitsKeyTooLong: "give them shorter names; a shorter base key helps, too",
				LimitsZeroBytes:  zeroBytesHint,
			},
		}
	case s.URLs != nil:
		return words{
			one: "URL", many: "URLs", rename: "give them other paths in the list, and plan anew",
			hints: map[planner.RuleID]string{
				LimitsDepth: "migrate to a folder nearer to the project, or give them " +
					"shorter paths in the list",
				LimitsKeyTooLong: "give them shorter paths in the list; a shorter base key " +
					"helps, too",
				LimitsZeroBytes: zeroBytesHint,
			},
		}
	}
	return words{}
}

const zeroBytesHint = "a folder with an external storage location that you created takes them"

func projectWords() words {
	const rename = "rename them in the source, and plan anew"
	return words{
		one: "file", many: "files", rename: rename,
		hints: map[planner.RuleID]string{
			NamesInvalid: rename, NamesEmptySegment: rename, NamesDots: rename,
			PlaceLookAlike: "they are brought below the base key, like any object that " +
				"lies elsewhere",
			LimitsDepth: "migrate to a folder nearer to the project, or what lies deep as a " +
				"source of its own",
			LimitsKeyTooLong: "give them shorter names in the source; a shorter base key " +
				"helps, too",
			LimitsZeroBytes: zeroBytesHint,
			ObjectsObjectInUse: "remove what is in the way if nobody needs it, let Synapse choose " +
				"the keys (--layout synapse, --action upload), or migrate them to another folder",
			LimitsChildren: "spread the files over more folders in the source, and plan anew, " +
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

// ofBucket are rules about objects of the destination's bucket, whatever the
// source holds.
var ofBucket = map[planner.RuleID]bool{
	ObjectsObjectReplaced: true, ObjectsVersionKept: true,
}

// rule is a rule in these words. Topics that only projects meet, and those
// about the run, have their own.
func (w words) rule(r Rule) Rule {
	if w.one == "" || ofBucket[r.ID] {
		return r
	}
	switch r.Topic {
	case TopicNames:
		say := strings.NewReplacer("object", w.one, "key", "path")
		r.one, r.many = say.Replace(r.one), say.Replace(r.many)
		if r.Hint != "" && !strings.HasPrefix(r.Hint, "--names") {
			r.Hint = w.rename
		}
		r.Hint = strings.ReplaceAll(r.Hint, "the keys", "the paths")
	case TopicPlace, TopicLimits, TopicObjects, TopicPreviews:
		say := strings.NewReplacer("1 object", "1 "+w.one, "%s objects", "%s "+w.many)
		r.one, r.many = say.Replace(r.one), say.Replace(r.many)
	}
	if m, ok := w.messages[r.ID]; ok {
		r.one, r.many = m[0], m[1]
	}
	if hint, ok := w.hints[r.ID]; ok {
		r.Hint = hint
	}
	return r
}
