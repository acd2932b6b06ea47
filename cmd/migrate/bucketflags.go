package main

import (
	"maps"
	"strconv"

	"github.com/spf13/cobra"

	"synapse-migrate/migrate/access"
	"synapse-migrate/migrate/binding"
	"synapse-migrate/planner"
)

// bucketFlags shape the plan of a bucket.
type bucketFlags struct {
	targetFlags

	source         string
	names          string
	shardFolders   bool
	requesterPays  bool
	md5MetadataKey string
	sourceEndpoint string
	sourceRegion   string
}

func (f *bucketFlags) add(cmd *cobra.Command) {
	f.targetFlags.add(cmd, "register, copy, stream or upload")
	flags := cmd.Flags()
	flags.StringVar(&f.names, "names", string(planner.NamesFail),
		"key segments that aren't valid entity names: fail (block the object) or replace (reversibly)")
	flags.BoolVar(&f.shardFolders, "shard-folders", false,
		"spread folders with more than 10,000 children over numbered sub-folders")
	flags.BoolVar(&f.requesterPays, "request-payer", false, "pay for requests to the source's bucket")
	flags.StringVar(&f.md5MetadataKey, "md5-metadata-key", "",
		"user metadata `key` that holds an object's MD5; you vouch for it")
	flags.StringVar(&f.sourceEndpoint, "source-endpoint-url", "", "S3 `URL` of the source, when it is not AWS")
	flags.StringVar(&f.sourceRegion, "source-region", "", "AWS `region` of the source's bucket (default: asked for)")
}

// arguments is what the run file remembers of the flags.
func (f *bucketFlags) arguments() map[string]string {
	a := map[string]string{
		binding.Command:       commandBucket,
		binding.Source:        f.source,
		"names":               f.names,
		"shard-folders":       strconv.FormatBool(f.shardFolders),
		"request-payer":       strconv.FormatBool(f.requesterPays),
		"md5-metadata-key":    f.md5MetadataKey,
		"source-endpoint-url": f.sourceEndpoint,
		"source-region":       f.sourceRegion,
	}
	maps.Copy(a, f.targetFlags.arguments())
	return a
}

// bucketFlagsOf is the reverse of arguments.
func bucketFlagsOf(a map[string]string) bucketFlags {
	return bucketFlags{
		targetFlags: targetFlagsOf(a),
		source:      a[binding.Source], names: a["names"], shardFolders: yes(a, "shard-folders"),
		requesterPays: yes(a, "request-payer"), md5MetadataKey: a["md5-metadata-key"],
		sourceEndpoint: a["source-endpoint-url"], sourceRegion: a["source-region"],
	}
}

// override is what the flags say of the source's bucket.
func (f *bucketFlags) override(profile string) access.Override {
	return access.Override{
		Profile: profile, Endpoint: f.sourceEndpoint, Region: f.sourceRegion, RequesterPays: f.requesterPays,
	}
}

// check refuses values that no flag can have.
func (f *bucketFlags) check() error {
	if _, err := parseSource(f.source); err != nil {
		return err
	}
	return choices{
		{"names", f.names, []string{string(planner.NamesFail), string(planner.NamesReplace)}},
		{"action", f.action, []string{"", string(planner.ActionRegister), string(planner.ActionCopy),
			string(planner.ActionStream), string(planner.ActionUpload)}},
	}.check()
}
