package main

import (
	"errors"

	"github.com/spf13/cobra"
)

// commandURLs is what run files call this command.
const commandURLs = "urls"

const urlsHelp = `Plans the migration of what a list of URLs leads to into a Synapse folder, shows
the plan, asks, and runs it. The URLs may be public, or presigned for GET.

FILE is CSV or TSV with the columns url, path, size, md5, in this order or in
that of a header, or has one JSON object with these keys in each line. Size and
MD5 may be missing; the MD5 is compared with the bytes. The path is the file's
way below the destination folder, such as run7/a.bam.

The queries of URLs are secrets, and stay in FILE alone: run file, reports and
logs have URLs without them. To go on after an interruption, give FILE again;
its URLs may have been signed anew meanwhile, and then --retry-failed tries
again what failed with the old ones.

A server must say how large a file is, unless the list does, and large files
need one that gives ranges. Paths are held in memory: about 100 bytes a row.

` + runsHelp + exitCodesHelp

func newURLs(env environment) *cobra.Command {
	j := &urlsJob{}
	m := &migration{env: env, job: j, target: &j.flags.targetFlags}
	cmd := &cobra.Command{
		Use:   "urls FILE --to synID",
		Short: "Migrate what a list of public or presigned URLs leads to",
		Long:  urlsHelp,
		Example: `  migrate urls files.csv --to syn123 --dry-run
  migrate urls files.jsonl --to syn123 --yes
  migrate urls signed-anew.csv --to syn123 --retry-failed --yes`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || args[0] == "" {
				return usagef("want one source: a file with URLs and paths")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			j.file, j.allowHTTP = args[0], m.common.allowHTTP
			return m.execute(cmd.Context())
		},
	}
	j.flags.add(cmd)
	m.flags(cmd)
	cmd.Flags().BoolVar(&m.retryFailed, "retry-failed", false, "try the files that failed once more")
	return cmd
}

// errListWanted is what migrate resume says of a run of migrate urls.
var errListWanted = hinted(errors.New(
	"the run file was made by migrate urls, and holds no URLs, since these may be secrets"),
	"give the list again, with fresh URLs if need be: migrate urls FILE --to synID --run FILE")
