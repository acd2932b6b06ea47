package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"synapse-migrate/migrate/sandbox"
	"synapse-migrate/migrate/sandbox/describe"
)

const longHelp = `Sandbox runs a Synapse, an S3 and an STS on the loopback interface, with users,
buckets and STS folders prepared, and prints how to use them. Everything obeys
the rules of the real services: permissions, throttles, session policies,
credentials that expire. An endpoint /s3credentials, as NASA's TEA serves it,
gives keys to the bucket of others. Nothing leaves this machine, and nothing is kept when
it ends, unless --data names a folder for the objects.

With --s3-endpoint it uses an S3 server that runs already, in which it makes its
buckets and leaves them. If that one has an STS, Synapse's credentials are
sessions of it; if not, Synapse gives out the keys themselves, which reach
everything. What it is, is printed.

It ends on an interrupt (Ctrl-C), on SIGTERM, and with --until-stdin-closes
when its standard input is closed.

Exit codes: 0 ended when told to, 1 could not run, 2 usage.`

const examples = `  # Serve in one shell
  sandbox | tee sandbox.env
  # and use it from another
  . ./sandbox.env

  # A source bucket with real files, and credentials that live 20 seconds
  sandbox --load ./data --load-into foreign --prefix study/ --token-life 20s

  # Objects that already lie where they belong, below the folder's base key
  sandbox --load ./data --load-into external

  # A project of 3000 files in five storages, with all that can lie in one
  sandbox --project 3000

  # For programs: one line of JSON, no limit on calls to Synapse
  sandbox --json --throttle=false --until-stdin-closes`

// settings are the flags.
type settings struct {
	load        sandbox.Load
	project     int
	listen      string
	data        string
	tokenLife   time.Duration
	copyLimit   int64
	throttle    bool
	previews    bool
	older       bool
	s3          string
	json        bool
	untilClosed bool
}

func newServe() *cobra.Command {
	var set settings
	cmd := &cobra.Command{
		Use: "sandbox", Short: "A Synapse, an S3 and an STS on this machine, to rehearse against",
		Long: longHelp, Example: examples,
		Args: func(cmd *cobra.Command, args []string) error {
			if err := cobra.NoArgs(cmd, args); err != nil {
				return &usageError{err}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if set.s3 != "" && (set.data != "" || set.copyLimit != 0) {
				return &usageError{errors.New("--data and --copy-limit are for the sandbox's own S3, not for --s3-endpoint")}
			}
			return serve(cmd.Context(), set, cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&set.load.Directory, "load", "", "fill a bucket with the files of this directory")
	flags.StringVar(&set.load.Into, "load-into", sandbox.IntoOwned,
		"which bucket: owned (the source), foreign, or external (below the external folder's base key)")
	flags.StringVar(&set.load.Prefix, "prefix", "", "`prefix` for the key of each loaded file")
	flags.IntVar(&set.project, "project", 0,
		"make a sample project of this many files, in several storages (default none, at least 60)")
	flags.StringVar(&set.listen, "listen", "127.0.0.1:0", "address of Synapse")
	flags.StringVar(&set.s3, "s3-endpoint", "",
		"use the S3 server at this `URL` (MinIO, SeaweedFS, Ceph) rather than one of its own, with the keys\n"+
			"AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, which must be allowed to make buckets there")
	flags.StringVar(&set.data, "data", "", "keep the objects in this folder (default a temporary one)")
	flags.DurationVar(&set.tokenLife, "token-life", 0,
		"how long AWS credentials live at most, in whole seconds (default as asked for; Synapse's 12h,\n"+
			"/s3credentials' 1h)")
	flags.Int64Var(&set.copyLimit, "copy-limit", 0,
		"largest source of one S3 copy, in bytes (default S3's 5 GiB)")
	flags.BoolVar(&set.throttle, "throttle", true, "Synapse's limits: 3 calls in flight, 600 in 60 s")
	flags.BoolVar(&set.previews, "previews", false,
		"Synapse writes preview objects into the buckets, as the real one does")
	flags.BoolVar(&set.older, "older-buckets", false,
		"the folders' bucket is one as from before April 2023: objects belong to who writes them, unless\n"+
			"they are written with the ACL bucket-owner-full-control, which its policy demands")
	flags.BoolVar(&set.json, "json", false, "print one line of JSON instead of shell lines")
	flags.BoolVar(&set.untilClosed, "until-stdin-closes", false, "end when standard input is closed")
	return cmd
}

func (set settings) options() sandbox.Options {
	o := sandbox.Options{
		Listen: set.listen, Folder: set.data, Throttle: set.throttle,
		TokenLife: set.tokenLife, CopyLimitBytes: set.copyLimit, Previews: set.previews,
		OlderBuckets: set.older,
	}
	if set.s3 != "" {
		o.S3 = &sandbox.OtherS3{Endpoint: set.s3, Keys: describe.Keys{
			AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
		}}
	}
	if set.load.Directory != "" {
		o.Load = &set.load
	}
	if set.project != 0 {
		o.Sample = &describe.SampleRequest{Files: set.project}
	}
	return o
}

// serve runs a sandbox until the context ends or, where that is asked for,
// the input.
func serve(ctx context.Context, set settings, in io.Reader, out io.Writer) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if set.untilClosed {
		go func() { // ends with the input, or with the process
			_, _ = io.Copy(io.Discard, in)
			cancel()
		}()
	}
	box, err := sandbox.Start(ctx, set.options())
	if err != nil {
		return err
	}
	defer func() {
		if closed := box.Close(); err == nil {
			err = closed
		}
	}()
	if set.json {
		err = json.NewEncoder(out).Encode(box.Describe())
	} else {
		_, err = io.WriteString(out, shellLines(box.Describe()))
	}
	if err != nil {
		return err
	}
	return box.Wait(ctx)
}
