package rules

import (
	"strings"
	"testing"

	"synapse-migrate/planner"
)

// TestWording: no finding about the items of a source calls them objects where
// they are none, and no hint speaks of flags or prefixes that it has not.
func TestWording(t *testing.T) {
	sources := map[string]planner.Source{
		"project":   {Project: &planner.ProjectSource{}},
		"directory": {Directory: &planner.DirectorySource{}},
		"URLs":      {URLs: &planner.URLSource{}},
	}
	for name, source := range sources {
		t.Run(name, func(t *testing.T) {
			for _, r := range NewBook(source).rules {
				switch r.Topic {
				case TopicNames, TopicPlace, TopicLimits, TopicObjects, TopicPreviews:
				default:
					continue
				}
				if r.ID == ObjectsObjectReplaced || r.ID == ObjectsVersionKept { // of the destination's bucket
					continue
				}
				if strings.ContainsAny(r.one+r.many+r.Hint, "{}") {
					t.Errorf("%s keeps a place for a noun: %s %s %s", r.ID, r.one, r.many, r.Hint)
				}
				text := r.one + "\n" + r.many + "\n"
				for _, wrong := range []string{"1 object ", "1 object'", "%s objects"} {
					if strings.Contains(text, wrong) {
						t.Errorf("%s speaks of objects: %s", r.ID, text)
					}
				}
				if name == "project" && (strings.Contains(r.Hint, "--names") ||
					strings.Contains(r.Hint, "--shard-folders") || strings.Contains(r.Hint, "source prefix")) {
					t.Errorf("%s has the hint of a bucket: %s", r.ID, r.Hint)
				}
				if r.many != "" && !strings.Contains(r.many, "%s") {
					t.Errorf("%s doesn't tell how many: %s", r.ID, r.many)
				}
			}
		})
	}
}

func TestWordingOfRules(t *testing.T) {
	one := planner.Tally{Count: 1}
	many := planner.Tally{Count: 2}
	bucket, project := planner.Source{}, planner.Source{Project: &planner.ProjectSource{}}
	directory, list := planner.Source{Directory: &planner.DirectorySource{}}, planner.Source{URLs: &planner.URLSource{}}
	for name, c := range map[string]struct {
		source        planner.Source
		rule          planner.RuleID
		tally         planner.Tally
		message, hint string
	}{
		"a bucket": {bucket, NamesTooLong, one,
			"1 object's key has a segment whose name would be longer than 256 characters",
			"copy them to keys with shorter segments"},
		"a name of a directory": {directory, NamesTooLong, one,
			"1 file's path has a segment whose name would be longer than 256 characters",
			"rename them, and plan again"},
		"names of URLs": {list, NamesInvalid, many,
			"2 URLs' paths have segments that Synapse doesn't allow as names",
			"--names replace gives them names that can be turned back into the paths"},
		"a name of a project": {project, NamesInvalid, one,
			"1 file's path has a segment that Synapse doesn't allow as a name",
			"rename them in the source, and plan again"},
		"names that clash": {directory, NamesFileAndFolder, many,
			"2 files have the path of a folder that other files need", "rename them, and plan again"},
		"names replaced": {list, NamesReplaced, one, "1 URL gets a name that differs from its path", ""},
		"what is there":  {project, ObjectsMigrated, many, "2 files are already migrated and are skipped", ""},
		"what is gone": {project, ObjectsGone, one,
			"1 file or folder was deleted while the plan was made", ""},
		"what is in the bucket": {project, ObjectsObjectReplaced, one,
			"1 object of the destination's bucket is overwritten",
			"overwritten content is lost unless the bucket keeps versions"},
		"a key": {project, LimitsKeyTooLong, one,
			"1 file's key in the destination would be longer than 700 characters, or than 1,024 bytes",
			"give them shorter names in the source; a shorter base key helps, too"},
		"a look-alike": {project, PlaceLookAlike, one,
			"1 key begins with the base key, but without a slash after it, so it is not below the base key",
			"they are brought below the base key, like any object that lies elsewhere"},
		"a topic of projects": {project, LayoutKept, one,
			"1 object stays at its key below the base key, which differs from its path", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := NewBook(c.source).Rule(c.rule).Finding(c.tally)
			if got.Message != c.message {
				t.Errorf("got %q, want %q", got.Message, c.message)
			}
			if got.Hint != c.hint {
				t.Errorf("got hint %q, want %q", got.Hint, c.hint)
			}
		})
	}
}
