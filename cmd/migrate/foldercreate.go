package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"synapse-migrate/migrate/config"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/stsfolder"
)

const folderCreateHelp = `Makes a folder with an STS storage location, or sets up an empty one that is
there. The same command given again changes nothing, and goes on after
anything that broke off.

--bucket makes an external location, in a bucket of your own. Synapse wants two
things there:

  owner.txt    the object BASEKEY/owner.txt, with your Synapse user ID on a line
               of its own. It shows Synapse that you may write there; Synapse
               reads it when the location is made.
  the policy   of the bucket must let Synapse's AWS account in: to list the
               bucket, and to read, write and delete below the base key.

Browsers need a CORS rule besides; programs don't. --apply sets up all three,
with your own AWS credentials: owner.txt first, so that a bucket that refuses it
stays as it is. It adds to the policy and to the rules what they lack, takes
nothing away, and overwrites no owner.txt. Without --apply the bucket is left
alone, and the policy and the rule are shown. Where the bucket takes encrypted
objects only, or wants an ACL, the configuration file says so (--config).

A place that shares objects with another storage location of yours is refused,
before anything is changed: credentials cover all below a base key, so that who
gets them for one folder reads the other. --allow-overlap makes it all the same.
Locations that others created, and your own beyond the newest hundred, can't be
seen and are not compared.

--managed makes a location in Synapse's bucket, below a base key that Synapse
chooses. Its credentials read; files get there by upload.

` + plainCodesHelp

// folderCreate is migrate folder create with its flags.
type folderCreate struct {
	env     environment
	common  commonFlags
	place   string
	folder  string
	bucket  string
	baseKey string
	managed bool
	apply   bool
	overlap bool
	account string
	reach   reachFlags
}

func newFolderCreate(env environment) *cobra.Command {
	c := &folderCreate{env: env}
	cmd := &cobra.Command{
		Use:   "create synPARENT/NAME (--bucket BUCKET --base-key KEY | --managed)",
		Short: "Make a folder with an STS storage location",
		Long:  folderCreateHelp,
		Example: `  migrate folder create syn10/run7 --bucket lab-data --base-key run7
  migrate folder create syn10/run7 --bucket lab-data --base-key run7 --apply
  migrate folder create --folder syn123 --managed`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.check(args); err != nil {
				return err
			}
			return folderSession(cmd.Context(), env, c.common, c.execute)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&c.folder, "folder", "", "set up this empty `folder` (synID) instead of making one")
	flags.StringVar(&c.bucket, "bucket", "", "your own `bucket`: an external storage location")
	flags.StringVar(&c.baseKey, "base-key", "", "`key` below which all objects are stored in the bucket; without "+
		"it, the whole bucket is")
	flags.BoolVar(&c.managed, "managed", false, "a storage location in Synapse's bucket")
	flags.BoolVar(&c.apply, "apply", false, "set up the bucket: owner.txt, policy and CORS")
	c.reach.add(cmd, "AWS `profile` that sets up the bucket")
	flags.BoolVar(&c.overlap, "allow-overlap", false,
		"make the location although it shares objects with another one of yours: anyone who gets credentials\n"+
			"for one folder can then read the objects of the other")
	flags.StringVar(&c.account, "synapse-account", stsfolder.SynapseAccount, "AWS `account` of the Synapse in use")
	c.common.add(cmd)
	return cmd
}

// accountID is how AWS numbers accounts.
var accountID = regexp.MustCompile(`^[0-9]{12}$`)

// check refuses what doesn't go together.
func (c *folderCreate) check(args []string) error {
	if len(args) == 1 {
		c.place = args[0]
	}
	parent, name, _ := strings.Cut(c.place, "/")
	switch {
	case len(args) > 1 || (c.place == "") == (c.folder == ""):
		return usagef("want one folder to make, such as syn10/run7, or --folder")
	case c.place != "" && (!entityID.MatchString(parent) || name == "" || strings.Contains(name, "/")):
		return usagef("folder %q: want synPARENT/NAME, such as syn10/run7", c.place)
	case c.folder != "" && !entityID.MatchString(c.folder):
		return usagef("--folder %q is not a Synapse ID, such as syn123", c.folder)
	case (c.bucket == "") != c.managed:
		return usagef("want either --bucket or --managed")
	case config.IsAccessPoint(c.bucket):
		return usagef("--bucket %q: a storage location of Synapse needs the bucket's own name, not an access point", c.bucket)
	case c.managed && (c.baseKey != "" || c.apply):
		return usagef("--base-key and --apply go with --bucket: Synapse sets up its own bucket")
	case !accountID.MatchString(c.account):
		return usagef("--synapse-account %q: want 12 digits", c.account)
	}
	return nil
}

func (c *folderCreate) execute(ctx context.Context, s *session) error {
	parent, name, _ := strings.Cut(strings.TrimSpace(c.place), "/")
	r := stsfolder.Request{
		ParentID: strings.ToLower(parent), Name: name, FolderID: strings.ToLower(c.folder),
		Bucket: c.bucket, BaseKey: c.baseKey, Account: c.account, Apply: c.apply, AllowOverlap: c.overlap,
		Me: s.me,
	}
	var bucket stsfolder.Bucket
	if c.apply {
		store, err := c.store(ctx, s)
		if err != nil {
			return err
		}
		bucket = store
	}
	made, err := stsfolder.Create(ctx, s.client, bucket, r, func(step stsfolder.Step) {
		_, _ = fmt.Fprintf(c.env.stdout, "%-17s %-14s %s\n", step.What, step.Outcome, shown(step.Detail))
	})
	if errors.Is(err, stsfolder.ErrNoLocation) && !c.apply {
		return errors.Join(c.explain(s), err)
	}
	if err != nil {
		return err
	}
	return c.ready(made)
}

// store reaches the bucket with the user's own credentials.
func (c *folderCreate) store(ctx context.Context, s *session) (*objectstore.Store, error) {
	o, err := c.reach.opener(c.env, c.common, s)
	if err != nil {
		return nil, err
	}
	way, err := o.OwnWay(ctx, c.bucket, c.reach.override())
	if err != nil {
		return nil, err
	}
	opened, err := o.Open(ctx, way)
	return opened.Store, err
}

// explain says what Synapse looks for in the bucket, and what lets it look,
// where nobody asked for it to be put there.
func (c *folderCreate) explain(s *session) error {
	baseKey := strings.Trim(c.baseKey, "/ \t")
	say(c.env.stderr, "Synapse reads %s, which must have this line in it: %s",
		bucketAndKey(c.bucket, stsfolder.OwnerKey(baseKey)), s.me.OwnerID)
	return c.needed(stsfolder.Created{Bucket: c.bucket, BaseKey: baseKey})
}

// ready says what there is now, and what comes next.
func (c *folderCreate) ready(made stsfolder.Created) error {
	_, err := fmt.Fprintf(c.env.stdout, "\n%s is ready: %s\n", made.FolderID, bucketAndKey(made.Bucket, made.BaseKey))
	if err != nil || c.managed {
		return err
	}
	if !c.apply {
		if err := c.needed(made); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(c.env.stdout, "migrate folder check %s tries it out\n", made.FolderID)
	return err
}

// needed shows what the bucket needs, to compare and to set by hand.
func (c *folderCreate) needed(made stsfolder.Created) error {
	policy, err := stsfolder.Policy(made.Bucket, made.BaseKey, c.account)
	if err != nil {
		return err
	}
	cors, err := corsText(stsfolder.CORS())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.env.stdout, "\nThe bucket was left alone. Its policy must allow Synapse this "+
		"(--apply adds what is missing):\n%s\n\nBrowsers need this CORS rule:\n%s\n", policy, cors)
	return err
}

// corsDocument is a CORS configuration as the AWS CLI and the console take
// it.
type corsDocument struct {
	CORSRules []corsRule
}

type corsRule struct {
	ID             string `json:",omitempty"`
	AllowedOrigins []string
	AllowedMethods []string
	AllowedHeaders []string
	ExposeHeaders  []string `json:",omitempty"`
	MaxAgeSeconds  int32    `json:",omitempty"`
}

func corsText(r objectstore.CORSRule) (string, error) {
	text, err := document(corsDocument{[]corsRule{{
		ID: r.ID, AllowedOrigins: r.Origins, AllowedMethods: r.Methods, AllowedHeaders: r.Headers,
		ExposeHeaders: r.ExposedOnes, MaxAgeSeconds: r.MaxAgeSeconds,
	}}})
	return strings.TrimSpace(text), err
}
