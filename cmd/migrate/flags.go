package main

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// planFlags shape a plan. They are recorded in the run file: the same
// command goes on with it, another one is refused.
type planFlags struct {
	source          string
	to              string
	names           string
	ifExists        string
	action          string
	shardFolders    bool
	noPreviews      bool
	acceptAccess    bool
	requesterPays   bool
	md5MetadataKey  string
	destCredentials string
	profile         string
	sourceEndpoint  string
	destEndpoint    string
	sourceRegion    string
	destRegion      string
}

// Who writes to the destination's bucket.
const (
	destSynapse = "synapse"
	destSource  = "source"
)

func (f *planFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.to, "to", "", "the Synapse `folder` to migrate into (synID); required")
	flags.StringVar(&f.names, "names", string(planner.NamesFail),
		"key segments that aren't valid entity names: fail (block the object) or replace (reversibly)")
	flags.StringVar(&f.ifExists, "if-exists", string(planner.ExistsFail),
		"other content under the same key or name: fail (block the object), skip, or replace")
	flags.StringVar(&f.action, "action", "", "force one `action`: register, copy, stream or upload")
	flags.BoolVar(&f.shardFolders, "shard-folders", false,
		"spread folders with more than 10,000 children over numbered sub-folders")
	flags.BoolVar(&f.noPreviews, "no-previews", false,
		"register files with a content type for which Synapse writes no preview objects")
	flags.BoolVar(&f.acceptAccess, "accept-access-change", false,
		"go on although more people than before will be able to reach the data")
	flags.BoolVar(&f.requesterPays, "request-payer", false, "pay for requests to the source's bucket")
	flags.StringVar(&f.md5MetadataKey, "md5-metadata-key", "",
		"user metadata `key` that holds an object's MD5; you vouch for it")
	flags.StringVar(&f.destCredentials, "dest-credentials", destSynapse,
		"who writes to the destination's bucket: synapse (the folder's temporary credentials), or source\n"+
			"(those that read the source, which makes server-side copies possible)")
	flags.StringVar(&f.profile, "profile", "", "AWS `profile` that reads the source")
	flags.StringVar(&f.sourceEndpoint, "source-endpoint-url", "", "S3 `URL` of the source, when it is not AWS")
	flags.StringVar(&f.destEndpoint, "dest-endpoint-url", "", "S3 `URL` of the destination, when it is not AWS")
	flags.StringVar(&f.sourceRegion, "source-region", "", "AWS `region` of the source's bucket (default: asked for)")
	flags.StringVar(&f.destRegion, "dest-region", "", "AWS `region` of the destination's bucket (default: asked for)")
}

// arguments is what the run file remembers of the flags.
func (f *planFlags) arguments() map[string]string {
	return map[string]string{
		"source":               f.source,
		"to":                   f.to,
		"names":                f.names,
		"if-exists":            f.ifExists,
		"action":               f.action,
		"shard-folders":        strconv.FormatBool(f.shardFolders),
		"no-previews":          strconv.FormatBool(f.noPreviews),
		"accept-access-change": strconv.FormatBool(f.acceptAccess),
		"request-payer":        strconv.FormatBool(f.requesterPays),
		"md5-metadata-key":     f.md5MetadataKey,
		"dest-credentials":     f.destCredentials,
		"profile":              f.profile,
		"source-endpoint-url":  f.sourceEndpoint,
		"dest-endpoint-url":    f.destEndpoint,
		"source-region":        f.sourceRegion,
		"dest-region":          f.destRegion,
	}
}

// planFlagsOf is the reverse of arguments.
func planFlagsOf(a map[string]string) planFlags {
	yes := func(name string) bool { return a[name] == "true" }
	return planFlags{
		source: a["source"], to: a["to"], names: a["names"], ifExists: a["if-exists"],
		action: a["action"], shardFolders: yes("shard-folders"), noPreviews: yes("no-previews"),
		acceptAccess: yes("accept-access-change"), requesterPays: yes("request-payer"),
		md5MetadataKey: a["md5-metadata-key"], destCredentials: a["dest-credentials"],
		profile: a["profile"], sourceEndpoint: a["source-endpoint-url"],
		destEndpoint: a["dest-endpoint-url"], sourceRegion: a["source-region"],
		destRegion: a["dest-region"],
	}
}

// difference names the first argument, by name, in which a run file differs
// from a command line; empty when there is none.
func difference(file, command map[string]string) string {
	var names []string
	for name := range command {
		names = append(names, name)
	}
	for name := range file {
		if _, there := command[name]; !there {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if file[name] == command[name] {
			continue
		}
		word := "--" + name
		if name == "source" { // an argument, not a flag
			word = "the source"
		}
		return fmt.Sprintf("%s %q, not %q", word, file[name], command[name])
	}
	return ""
}

// entityID is how Synapse writes the IDs of entities.
var entityID = regexp.MustCompile(`^(?i:syn)[0-9]{1,18}$`)

// check refuses values that no flag can have. Synapse reads IDs in any case;
// one folder has one run file.
func (f *planFlags) check() error {
	f.to = strings.ToLower(f.to)
	if f.to == "" {
		return usagef("--to is required: the Synapse folder to migrate into, such as syn123")
	}
	if !entityID.MatchString(f.to) {
		return usagef("--to %q is no Synapse ID, such as syn123", f.to)
	}
	checks := []struct {
		flag, value string
		allowed     []string
	}{
		{"names", f.names, []string{string(planner.NamesFail), string(planner.NamesReplace)}},
		{"if-exists", f.ifExists, []string{string(planner.ExistsFail),
			string(planner.ExistsSkip), string(planner.ExistsReplace)}},
		{"action", f.action, []string{"", string(planner.ActionRegister), string(planner.ActionCopy),
			string(planner.ActionStream), string(planner.ActionUpload)}},
		{"dest-credentials", f.destCredentials, []string{destSynapse, destSource}},
	}
	for _, c := range checks {
		if !slices.Contains(c.allowed, c.value) {
			return usagef("--%s %q: want one of %s", c.flag, c.value,
				strings.TrimPrefix(strings.Join(c.allowed, ", "), ", "))
		}
	}
	return nil
}

// runFlags shape a run, and may differ from one run of a plan to the next.
type runFlags struct {
	workers            int
	partSize           string
	partConcurrency    int
	synapseRate        int
	synapseConcurrency int
	maxErrors          int
	yes                bool
	noProgress         bool
}

func (f *runFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.IntVar(&f.workers, "workers", 0, "objects worked on at once on the S3 side (default 16)")
	flags.StringVar(&f.partSize, "part-size", "",
		"size of the parts of large objects, such as 256MiB or 1GiB, 5MiB to 5GiB\n"+
			"(default 128MiB for large objects, 8MiB for small ones)")
	flags.IntVar(&f.partConcurrency, "part-concurrency", 0, "parts of one object in flight (default 4)")
	flags.IntVar(&f.synapseRate, "synapse-rate", synapse.DefaultRequests,
		"Synapse calls begun in any 60 seconds; Synapse refuses more than 600")
	flags.IntVar(&f.synapseConcurrency, "synapse-concurrency", synapse.DefaultInFlight,
		"Synapse calls in flight; Synapse refuses more than 3")
	flags.IntVar(&f.maxErrors, "max-errors", 0, "stop handing out work after that many failed items (default: never)")
	flags.BoolVar(&f.yes, "yes", false, "don't ask before writing; required without a terminal")
	flags.BoolVar(&f.noProgress, "no-progress", false, "show no progress")
}

// check refuses values out of range.
func (f *runFlags) check() error {
	for name, value := range map[string]int{
		"workers": f.workers, "part-concurrency": f.partConcurrency, "max-errors": f.maxErrors,
	} {
		if value < 0 {
			return usagef("--%s %d: must not be negative", name, value)
		}
	}
	if f.synapseRate < 1 || f.synapseConcurrency < 1 {
		return usagef("--synapse-rate and --synapse-concurrency must be at least 1")
	}
	_, err := f.partSizeBytes()
	return err
}

// partSizeBytes is --part-size in bytes, 0 when it wasn't given.
func (f *runFlags) partSizeBytes() (int64, error) {
	if f.partSize == "" {
		return 0, nil
	}
	n, err := humanize.ParseBytes(f.partSize)
	if err != nil || n > math.MaxInt64 ||
		int64(n) < synapse.MinPartSizeBytes || int64(n) > synapse.MaxPartSizeBytes {
		return 0, usagef("--part-size %q: want 5MiB to 5GiB, such as 256MiB", f.partSize)
	}
	return int64(n), nil
}
