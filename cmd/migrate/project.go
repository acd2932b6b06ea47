package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"synapse-migrate/migrate/access"
	"synapse-migrate/migrate/binding"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/planner"
	"synapse-migrate/planner/destination"
	"synapse-migrate/planner/project"
	"synapse-migrate/planner/rules"
)

// commandProject is what run files call this command.
const commandProject = "project"

const projectHelp = `Plans the migration of a Synapse project, or of a folder of one, into a Synapse
folder with an STS storage location, shows the plan, asks, and runs it.

Files are found wherever Synapse keeps them: in its own storage, in your
buckets, in those of others, in Google Cloud, behind a proxy. Folders are made
anew below the destination. Names, descriptions, content types and annotations
travel along, versions with --versions all, provenance with --provenance keep.
The plan names what can't travel: tables, links, wikis, DOIs, discussions.

--mode copy makes new files and leaves the source as it is. --mode move gives
each file its new place and its new file handle, so that its Synapse ID, with
all links and citations, stays: files leave the source project.

Each file takes the cheapest way that works, bucket by bucket: its object may
already lie where it belongs (reuse, register), be copied by S3 (copy) or by
Synapse (synapse-copy), or go through this machine (stream, upload). The plan
shows for every bucket whose it is and how it is reached. A bucket is read with
what --bucket-profile or the configuration file says, else with --profile or
your default AWS credentials, else through Synapse's download URLs.

The destination's sharing settings hold for everything in it. Where anybody
could download more than before, or an access requirement would be lost, the
plan says who, what and how many, and the run doesn't start unless
--accept-access-change is given.

` + runsHelp + exitCodesHelp

func newProject(env environment) *cobra.Command {
	j := &projectJob{}
	m := &migration{env: env, job: j, target: &j.flags.targetFlags}
	cmd := &cobra.Command{
		Use:   "project synID --to synID",
		Short: "Migrate a Synapse project, or a folder of one",
		Long:  projectHelp,
		Example: `  migrate project syn10 --to syn123 --dry-run
  migrate project syn10 --to syn123 --versions all --bucket-profile partner-archive=partner
  migrate project syn10 --to syn123 --mode move
  migrate project syn10 --to syn123 --only @files.txt --layout mirrored`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("want one source: the Synapse ID of a project or a folder, such as syn10")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			j.flags.source = args[0]
			return m.execute(cmd.Context())
		},
	}
	j.flags.add(cmd)
	m.flags(cmd)
	return cmd
}

// projectFlags shape the plan of a project.
type projectFlags struct {
	targetFlags

	source     string
	mode       string
	versions   string
	provenance string
	layout     string
	// only are entity IDs, or one @FILE until check has read it.
	only             []string
	storageLocations []int64
	// bucketProfiles are BUCKET=PROFILE.
	bucketProfiles []string
}

func (f *projectFlags) add(cmd *cobra.Command) {
	f.targetFlags.add(cmd, "reuse, register, copy, synapse-copy, stream or upload")
	flags := cmd.Flags()
	flags.StringVar(&f.mode, "mode", string(planner.ModeCopy),
		"copy (make new files and leave the source as it is) or move (files keep their\n"+
			"Synapse IDs and leave the source: this changes the source project)")
	flags.StringVar(&f.versions, "versions", "",
		"latest or all (default: latest for --mode copy, all for --mode move)")
	flags.StringVar(&f.provenance, "provenance", string(planner.ProvenanceKeep),
		"provenance of new files: keep (that of the source's), link (to the source's files) or none")
	flags.StringVar(&f.layout, "layout", "",
		"keys below the base key: mirrored (as the tree, everywhere) or synapse (Synapse copies\n"+
			"what it can, to keys of its own); default: mirrored wherever Synapse doesn't copy")
	flags.StringSliceVar(&f.only, "only", nil,
		"only these files, and what is below these folders: `IDs` with commas between, or @FILE")
	flags.Int64SliceVar(&f.storageLocations, "storage-locations", nil,
		"only files in the storage locations with these `IDs`, and the folders that lead to them")
	flags.StringArrayVar(&f.bucketProfiles, "bucket-profile", nil,
		"`BUCKET=PROFILE`: the AWS profile that reads a bucket; may be given again")
}

// arguments is what the run file remembers of the flags.
func (f *projectFlags) arguments() map[string]string {
	a := map[string]string{
		binding.Command:     commandProject,
		binding.Source:      f.source,
		"mode":              f.mode,
		"versions":          f.versions,
		"provenance":        f.provenance,
		"layout":            f.layout,
		"only":              strings.Join(f.only, ","),
		"storage-locations": joinNumbers(f.storageLocations),
		"bucket-profile":    strings.Join(f.bucketProfiles, "\n"),
	}
	maps.Copy(a, f.targetFlags.arguments())
	return a
}

// projectFlagsOf is the reverse of arguments.
func projectFlagsOf(a map[string]string) projectFlags {
	return projectFlags{
		targetFlags: targetFlagsOf(a),
		source:      a[binding.Source], mode: a["mode"], versions: a["versions"], provenance: a["provenance"],
		layout: a["layout"], only: split(a["only"], ","),
		storageLocations: splitNumbers(a["storage-locations"]),
		bucketProfiles:   split(a["bucket-profile"], "\n"),
	}
}

// split is nil for the empty text.
func split(text, separator string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, separator)
}

func joinNumbers(numbers []int64) string {
	var texts []string
	for _, n := range numbers {
		texts = append(texts, strconv.FormatInt(n, 10))
	}
	return strings.Join(texts, ",")
}

// splitNumbers is the reverse of joinNumbers; check finds what is no number.
func splitNumbers(text string) []int64 {
	var numbers []int64
	for _, part := range split(text, ",") {
		n, _ := strconv.ParseInt(part, 10, 64)
		numbers = append(numbers, n)
	}
	return numbers
}

// check refuses values that no flag can have, and brings the others into one
// form, so that the same set of IDs is the same plan.
func (f *projectFlags) check() error {
	f.source = strings.ToLower(f.source)
	if !entityID.MatchString(f.source) {
		return usagef("source %q: want the Synapse ID of a project or a folder, such as syn123", f.source)
	}
	var err error
	if f.only, err = readOnly(f.only); err != nil {
		return err
	}
	for _, id := range f.storageLocations {
		if id <= 0 {
			return usagef("--storage-locations %d: want IDs, such as 1,4711", id)
		}
	}
	f.storageLocations = slices.Compact(slices.Sorted(slices.Values(f.storageLocations)))
	if err := f.checkProfiles(); err != nil {
		return err
	}
	return f.checkChoices()
}

// checkChoices refuses unknown words, and words that don't go together.
func (f *projectFlags) checkChoices() error {
	err := choices{
		{"mode", f.mode, []string{string(planner.ModeCopy), string(planner.ModeMove)}},
		{"versions", f.versions, []string{"", string(planner.VersionsLatest), string(planner.VersionsAll)}},
		{"provenance", f.provenance, []string{string(planner.ProvenanceKeep),
			string(planner.ProvenanceLink), string(planner.ProvenanceNone)}},
		{"layout", f.layout, []string{"", string(planner.LayoutMirrored), string(planner.LayoutSynapse)}},
		{"action", f.action, actions(func(planner.Traits) bool { return true })},
	}.check()
	if err != nil || f.mode != string(planner.ModeMove) {
		return err
	}
	if f.ifExists == string(planner.ExistsReplace) {
		return usagef("--if-exists replace can't be used with --mode move: a file that moves has versions of its own")
	}
	if f.provenance != string(planner.ProvenanceKeep) {
		return usagef("--provenance %s can't be used with --mode move: a file that moves keeps its own", f.provenance)
	}
	return nil
}

// checkProfiles wants BUCKET=PROFILE, each bucket once.
func (f *projectFlags) checkProfiles() error {
	slices.Sort(f.bucketProfiles)
	f.bucketProfiles = slices.Compact(f.bucketProfiles)
	seen := map[string]bool{}
	for _, text := range f.bucketProfiles {
		bucket, profile, found := strings.Cut(text, "=")
		if !found || bucket == "" || profile == "" || strings.ContainsAny(text, "\n\r") {
			return usagef("--bucket-profile %q: want BUCKET=PROFILE", text)
		}
		if seen[bucket] {
			return usagef("--bucket-profile names the bucket %q twice", bucket)
		}
		seen[bucket] = true
	}
	return nil
}

// profiles are bucketProfiles by bucket.
func (f *projectFlags) profiles() map[string]string {
	profiles := map[string]string{}
	for _, text := range f.bucketProfiles {
		bucket, profile, _ := strings.Cut(text, "=")
		profiles[bucket] = profile
	}
	return profiles
}

// maxOnlyBytes bounds a file of entity IDs: about a million of them.
const maxOnlyBytes = 16 << 20

// readOnly reads the entity IDs of --only: sorted, each once. A single @FILE
// names a file with IDs between white space or commas; there, a line may be
// a comment that begins with #.
func readOnly(flag []string) ([]string, error) {
	texts := flag
	if len(flag) == 1 && strings.HasPrefix(flag[0], "@") {
		content, err := readLimited(flag[0][1:], maxOnlyBytes)
		if err != nil {
			return nil, usagef("--only %s: %w", flag[0], err)
		}
		texts = idsIn(content)
		if len(texts) == 0 {
			return nil, usagef("--only %s: the file has no ID", flag[0])
		}
	}
	var ids []string
	for _, text := range texts {
		id := strings.ToLower(strings.TrimSpace(text))
		if !entityID.MatchString(id) {
			return nil, usagef("--only %q is not a Synapse ID, such as syn123", text)
		}
		ids = append(ids, id)
	}
	return slices.Compact(slices.Sorted(slices.Values(ids))), nil
}

// idsIn splits a file of IDs.
func idsIn(content string) []string {
	var ids []string
	for line := range strings.Lines(content) {
		line, _, _ = strings.Cut(line, "#")
		ids = append(ids, strings.FieldsFunc(line, func(r rune) bool {
			return strings.ContainsRune(" ,;\t\r\n", r)
		})...)
	}
	return ids
}

// readLimited reads a file of most bytes at the largest.
func readLimited(path string, most int64) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && int64(len(content)) > most {
		err = fmt.Errorf("more than %d bytes", most)
	}
	return string(content), err
}

// projectOptions are the planner's for projects.
func (f *projectFlags) projectOptions() planner.ProjectOptions {
	return planner.ProjectOptions{
		Mode: planner.Mode(f.mode), Versions: planner.Versions(f.versions),
		Provenance: planner.Provenance(f.provenance), Layout: planner.Layout(f.layout),
		Entities: f.only, StorageLocations: f.storageLocations,
	}
}

// projectJob migrates the files of a project, or of a folder of one.
type projectJob struct {
	flags projectFlags
}

func (j *projectJob) check() error { return j.flags.check() }

func (j *projectJob) arguments() map[string]string { return j.flags.arguments() }

// options are the planner's.
func (j *projectJob) options(run runFlags) planner.Options {
	return j.flags.options(run)
}

// survey looks at the destination and at the source.
func (j *projectJob) survey(ctx context.Context, o opener) (prospect, error) {
	dest, facts, err := destination.Examine(ctx, o.client, o.target.to, o.client.STSCredentials)
	if err != nil {
		return prospect{}, err
	}
	p := prospect{facts: facts, findings: rules.CheckRun(facts, j.options(o.run))}
	project, err := project.Examine(ctx, o.client, j.flags.source, dest, j.flags.projectOptions())
	if err != nil {
		return prospect{}, err
	}
	p.findings = append(p.findings, rules.CheckProject(project)...)
	p.source = planner.Source{Project: &project.Source}
	return p, nil
}

// open decides who writes; who reads a bucket shows when its first file is
// met.
func (j *projectJob) open(
	ctx context.Context, o opener, src planner.Source, dest planner.Destination,
) (stores, error) {
	src, d, buckets, err := o.Project(ctx, src, dest, j.flags.profiles())
	if err != nil {
		return stores{}, err
	}
	s := o.stores(ctx, src, d)
	s.buckets, s.calls = buckets, buckets.Calls
	return s.routed(o), nil
}

// routed adds what the run works with: every object is read where it lies,
// and what comes to the destination is written there.
func (s stores) routed(o opener) stores {
	web := objectstore.NewDownloads(access.Downloads{Client: o.client}, objectstore.WebOptions{
		AllowPlainHTTP: o.allowHTTP, RangeConcurrency: o.run.partConcurrency, Logger: o.logger, Roots: s.roots,
	})
	router := objectstore.NewRouter(objectstore.Routes{
		Bucket: s.buckets.Store, Downloads: web, Destination: s.destination,
		DestinationBucket: s.dest.Bucket, BaseKey: s.dest.BaseKey,
		Options: objectstore.MoverOptions{Logger: o.logger},
	})
	s.mover, s.reader, s.own = router, router, router
	return s
}

// probes are the ways into the buckets that the user's credentials read.
func (j *projectJob) probes(
	ctx context.Context, o opener, plan planner.Plan, file *checkpoint.File,
) ([]access.Probe, access.Principal, error) {
	samples, err := access.Samples(plan.Buckets, func(yield func(planner.Object, error) bool) {
		for e, err := range file.Entries(ctx, checkpoint.EntryFilter{}) {
			if !yield(e.Source, err) {
				return
			}
		}
	})
	if err != nil {
		return nil, access.Principal{}, err
	}
	probes := o.ProbeProject(ctx, plan.Buckets, plan.Header.Destination, j.flags.profiles(), samples)
	return probes, access.Principal{}, nil
}

// plan walks the source from where that was left, and seals the plan.
func (j *projectJob) plan(ctx context.Context, d draft) (planner.Plan, error) {
	p := project.Planner{
		Header: d.header, Facts: d.prospect.facts,
		Options: j.options(d.run), ProjectOptions: j.flags.projectOptions(),
		Source: d.client, Buckets: d.stores.buckets, Existing: d.stores.contents,
		Store: d.file, Reviewer: d.file, Observer: d.progress,
	}
	if d.stores.canWrite {
		p.DestHead = d.stores.destination
	}
	return p.Plan(ctx)
}
