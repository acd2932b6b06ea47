package main

import (
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"synapse-migrate/migrate/access"
	"synapse-migrate/migrate/binding"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// targetFlags shape the plan of any job: where to, and how. They are recorded
// in the run file: the same command goes on with it, another one is refused.
type targetFlags struct {
	to              string
	ifExists        string
	action          string
	noPreviews      bool
	acceptAccess    bool
	destCredentials string
	profile         string
	destEndpoint    string
	destRegion      string
	config          string
}

// Who writes to the destination's bucket.
const (
	destSynapse = string(access.WriterSynapse)
	destSource  = string(access.WriterSource)
	destConfig  = string(access.WriterConfig)
)

// add adds the flags; actions are those that --action may force.
func (f *targetFlags) add(cmd *cobra.Command, actions string) {
	flags := cmd.Flags()
	flags.StringVar(&f.to, "to", "", "the Synapse `folder` to migrate into (synID); required")
	flags.StringVar(&f.ifExists, "if-exists", string(planner.ExistsFail),
		"other content under the same key or name: fail (block the object), skip, or replace")
	flags.StringVar(&f.action, "action", "", "force one `action`: "+actions)
	flags.BoolVar(&f.noPreviews, "no-previews", false,
		"register files with a content type for which Synapse writes no preview objects")
	flags.BoolVar(&f.acceptAccess, "accept-access-change", false,
		"continue although more people than before will be able to reach the data")
	flags.StringVar(&f.destCredentials, "dest-credentials", destSynapse,
		"who writes to the destination's bucket: synapse (the folder's temporary credentials), source\n"+
			"(those that read the source, which makes server-side copies possible), or config (those that\n"+
			"the configuration file names for the bucket)")
	flags.StringVar(&f.profile, "profile", "", "AWS `profile` that reads the source")
	flags.StringVar(&f.destEndpoint, "dest-endpoint-url", "", "S3 `URL` of the destination, when it is not AWS")
	flags.StringVar(&f.destRegion, "dest-region", "", "AWS `region` of the destination's bucket (default: asked for)")
	flags.StringVar(&f.config, "config", "",
		"configuration `file` (default: migrate.yaml here, then that in your configuration folder)")
}

// arguments is what the run file remembers of the flags.
func (f *targetFlags) arguments() map[string]string {
	return map[string]string{
		"to":                   f.to,
		"if-exists":            f.ifExists,
		"action":               f.action,
		"no-previews":          strconv.FormatBool(f.noPreviews),
		"accept-access-change": strconv.FormatBool(f.acceptAccess),
		"dest-credentials":     f.destCredentials,
		"profile":              f.profile,
		"dest-endpoint-url":    f.destEndpoint,
		"dest-region":          f.destRegion,
		"config":               f.config,
	}
}

// targetFlagsOf is the reverse of arguments.
func targetFlagsOf(a map[string]string) targetFlags {
	return targetFlags{
		to: a["to"], ifExists: a["if-exists"], action: a["action"], noPreviews: yes(a, "no-previews"),
		acceptAccess: yes(a, "accept-access-change"), destCredentials: a["dest-credentials"],
		profile: a["profile"], destEndpoint: a["dest-endpoint-url"], destRegion: a["dest-region"],
		config: a["config"],
	}
}

// yes reads a switch from the arguments in a run file.
func yes(arguments map[string]string, name string) bool { return arguments[name] == "true" }

// options are the planner's that every job has.
func (f *targetFlags) options(run runFlags) planner.Options {
	size, _ := run.partSizeBytes()
	return planner.Options{
		IfExists: planner.ExistsPolicy(f.ifExists), Force: planner.Action(f.action),
		NoPreviews: f.noPreviews, AcceptAccessChange: f.acceptAccess,
		CopyWithSource:      f.destCredentials == destSource,
		UploadPartSizeBytes: size, TransferPartSizeBytes: size,
		Limits: planner.Limits{Requests: int64(run.synapseRate)},
	}
}

// listedFlags shape the plan of a source that is listed, and whose paths become
// names.
type listedFlags struct {
	targetFlags

	names        string
	shardFolders bool
}

// add adds the flags, in the words of the source: what its paths consist of,
// and what they lead to.
func (f *listedFlags) add(cmd *cobra.Command, actions, segments, thing string) {
	f.targetFlags.add(cmd, actions)
	flags := cmd.Flags()
	flags.StringVar(&f.names, "names", string(planner.NamesFail),
		segments+" that aren't valid entity names: fail (block the "+thing+") or replace (reversibly)")
	flags.BoolVar(&f.shardFolders, "shard-folders", false,
		"spread folders with more than 10,000 children over numbered sub-folders")
}

// check refuses values that no flag can have; --action may force those that
// are fitting.
func (f *listedFlags) check(fitting func(planner.Traits) bool) error {
	return choices{
		{"names", f.names, []string{string(planner.NamesFail), string(planner.NamesReplace)}},
		{"action", f.action, actions(fitting)},
	}.check()
}

// arguments is what the run file remembers of the flags.
func (f *listedFlags) arguments(command, source string) map[string]string {
	a := map[string]string{
		binding.Command: command, binding.Source: source,
		"names": f.names, "shard-folders": strconv.FormatBool(f.shardFolders),
	}
	maps.Copy(a, f.targetFlags.arguments())
	return a
}

// listedFlagsOf is the reverse of arguments.
func listedFlagsOf(a map[string]string) listedFlags {
	return listedFlags{targetFlags: targetFlagsOf(a), names: a["names"], shardFolders: yes(a, "shard-folders")}
}

// options are the planner's.
func (f *listedFlags) options(run runFlags) planner.Options {
	o := f.targetFlags.options(run)
	o.Names, o.ShardFolders = planner.NamesPolicy(f.names), f.shardFolders
	return o
}

// entityID is how Synapse writes the IDs of entities.
var entityID = regexp.MustCompile(`^(?i:syn)[0-9]{1,18}$`)

// check refuses values that no flag can have. Synapse reads IDs in any case;
// one folder has one run file.
func (f *targetFlags) check() error {
	f.to = strings.ToLower(f.to)
	if f.to == "" {
		return usagef("--to is required: the Synapse folder to migrate into, such as syn123")
	}
	if !entityID.MatchString(f.to) {
		return usagef("--to %q is not a Synapse ID, such as syn123", f.to)
	}
	return choices{
		{"if-exists", f.ifExists, []string{string(planner.ExistsFail),
			string(planner.ExistsSkip), string(planner.ExistsReplace)}},
		{"dest-credentials", f.destCredentials, []string{destSynapse, destSource, destConfig}},
	}.check()
}

// choices are flags that have one of a few values.
type choices []struct {
	flag, value string
	// allowed may begin with the empty value.
	allowed []string
}

// check names the first flag that has another value.
func (all choices) check() error {
	for _, c := range all {
		if !slices.Contains(c.allowed, c.value) {
			return usagef("--%s %q: want one of %s", c.flag, c.value,
				strings.TrimPrefix(strings.Join(c.allowed, ", "), ", "))
		}
	}
	return nil
}

// oneOf lists the values of a flag in its usage: "text, csv or json".
func oneOf(values []string) string {
	last := len(values) - 1
	return strings.Join(values[:last], ", ") + " or " + values[last]
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
	flags.IntVar(&f.maxErrors, "max-errors", 0, "start no more items after this many failed (default: never)")
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

// actions are those that --action takes, and none.
func actions(which func(planner.Traits) bool) []string {
	all := []string{""}
	for _, a := range planner.Actions(which) {
		if a.Active() {
			all = append(all, string(a))
		}
	}
	return all
}
