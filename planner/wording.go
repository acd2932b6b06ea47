package planner

import "strings"

// words are how findings speak of a source. The rules are worded for the
// objects of a bucket; what other sources hold is called otherwise.
type words struct {
	// one and many are what is counted.
	one, many string
	// hints stand in for those of rules, and messages for those of findings
	// about one and about several.
	hints    map[RuleID]string
	messages map[RuleID][2]string
	// rename is the hint about names where --names has none.
	rename string
}

// wordsOf are a source's; none for a bucket.
func wordsOf(s Source) words {
	switch {
	case s.Project != nil:
		return projectWords()
	case s.Directory != nil:
		return words{
			one: "file", many: "files", rename: "rename them, and plan anew",
			hints: map[RuleID]string{
				RuleLimitsDepth: "migrate to a folder nearer to the project, or what lies deep " +
					"as a directory of its own",
				RuleLimitsKeyTooLong: "give them shorter names; a shorter base key helps, too",
				RuleLimitsZeroBytes:  zeroBytesHint,
			},
		}
	case s.URLs != nil:
		return words{
			one: "URL", many: "URLs", rename: "give them other paths in the list, and plan anew",
			hints: map[RuleID]string{
				RuleLimitsDepth: "migrate to a folder nearer to the project, or give them " +
					"shorter paths in the list",
				RuleLimitsKeyTooLong: "give them shorter paths in the list; a shorter base key " +
					"helps, too",
				RuleLimitsZeroBytes: zeroBytesHint,
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
		hints: map[RuleID]string{
			RuleNamesInvalid: rename, RuleNamesEmptySegment: rename, RuleNamesDots: rename,
			RulePlaceLookAlike: "they are brought below the base key, like any object that " +
				"lies elsewhere",
			RuleLimitsDepth: "migrate to a folder nearer to the project, or what lies deep as a " +
				"source of its own",
			RuleLimitsKeyTooLong: "give them shorter names in the source; a shorter base key " +
				"helps, too",
			RuleLimitsZeroBytes: zeroBytesHint,
			RuleLimitsChildren: "spread the files over more folders in the source, and plan anew, " +
				"or leave some of them out (--only)",
		},
		messages: map[RuleID][2]string{
			RuleObjectsGone: {
				"1 file or folder was deleted while the plan was made",
				"%s files or folders were deleted while the plan was made",
			},
		},
	}
}

// ofBucket are rules about objects of the destination's bucket, whatever the
// source holds.
var ofBucket = map[RuleID]bool{
	RuleObjectsObjectReplaced: true, RuleObjectsVersionKept: true,
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
		if r.hint != "" && !strings.HasPrefix(r.hint, "--names") {
			r.hint = w.rename
		}
		r.hint = strings.ReplaceAll(r.hint, "the keys", "the paths")
	case TopicPlace, TopicLimits, TopicObjects, TopicPreviews:
		say := strings.NewReplacer("1 object", "1 "+w.one, "%s objects", "%s "+w.many)
		r.one, r.many = say.Replace(r.one), say.Replace(r.many)
	}
	if m, ok := w.messages[r.ID]; ok {
		r.one, r.many = m[0], m[1]
	}
	if hint, ok := w.hints[r.ID]; ok {
		r.hint = hint
	}
	return r
}
