package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"synapse-migrate/migrate/access"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/stsfolder"
	"synapse-migrate/synapse"
)

const folderCheckHelp = `Holds an STS folder and everything in it against Synapse's rules, and tries its
credentials: to list, to look at an object, and, where they can write, to write
an object under a name that nothing has and to delete it again. That name is
said first; --no-probe leaves it out. Nothing else is changed. It is written as
a migration writes: with the encryption that the configuration file names, and
with the ACL that gives the bucket's owner all rights.

With your own AWS credentials it asks for the bucket's Object Ownership, which
says whose the objects are that Synapse's credentials write.

` + checkCodesHelp

// folderCheck is migrate folder check with its flags.
type folderCheck struct {
	env      environment
	common   commonFlags
	noProbe  bool
	maxFiles int
	reach    reachFlags
	opener   opener
	cmd      *cobra.Command
}

func newFolderCheck(env environment) *cobra.Command {
	c := &folderCheck{env: env}
	cmd := &cobra.Command{
		Use:   "check synID",
		Short: "Check an STS folder, its content and its credentials",
		Long:  folderCheckHelp,
		Example: `  migrate folder check syn123
  migrate folder check syn123 --no-probe --max-files -1`,
		Args: oneEntity,
		RunE: func(cmd *cobra.Command, args []string) error {
			return folderSession(cmd.Context(), env, c.common, func(ctx context.Context, s *session) error {
				return c.execute(ctx, s, strings.ToLower(args[0]))
			})
		},
	}
	c.cmd = cmd
	flags := cmd.Flags()
	flags.BoolVar(&c.noProbe, "no-probe", false, "write nothing, not even a test object")
	flags.IntVar(&c.maxFiles, "max-files", 200, "check where this many files are stored, with a call each; -1 for all")
	c.reach.add(cmd, "AWS `profile` that may look at the settings of the bucket")
	c.common.add(cmd)
	return cmd
}

// execute prints the rows as they come, and ends with exit code 3 where
// something is wrong.
func (c *folderCheck) execute(ctx context.Context, s *session, id string) (err error) {
	if c.opener, err = c.reach.opener(c.env, c.common, s); err != nil {
		return err
	}
	view, err := stsfolder.Look(ctx, s.client, id)
	if err != nil {
		return err
	}
	parent, err := stsfolder.Parent(ctx, s.client, view)
	if err != nil {
		return err
	}
	rows := stsfolder.CheckView(view, parent)
	c.print(rows)
	// Of a folder that is none, no more can be said.
	if view.ConcreteType != synapse.TypeFolder || !view.Destination.StsEnabled {
		return verdictOf(rows)
	}
	if !view.Managed() {
		overlaps, err := stsfolder.CheckOverlap(ctx, s.client, view)
		if err != nil {
			return err
		}
		c.print(overlaps)
	}
	tree, err := stsfolder.CheckTree(ctx, s.client, view, c.maxFiles)
	if err != nil {
		return err
	}
	c.print(tree)
	tried, err := c.credentials(ctx, s, view)
	if err != nil {
		return err
	}
	if !view.Managed() {
		c.print([]stsfolder.Row{c.ownership(ctx, view.Destination.Bucket)})
	}
	return verdictOf(append(append(rows, tree...), tried...))
}

// print writes rows for people.
func (c *folderCheck) print(rows []stsfolder.Row) {
	for _, r := range rows {
		_, _ = fmt.Fprintf(c.env.stdout, "%-20s %-10s %s\n", r.Check, r.Status, shown(r.Detail))
		if hint := fitting(c.cmd, r.Hint); hint != "" {
			_, _ = fmt.Fprintf(c.env.stdout, "%-31s %s\n", "", shown(hint))
		}
	}
}

func verdictOf(rows []stsfolder.Row) error {
	if stsfolder.Wrong(rows) {
		return &exitError{code: exitIncomplete}
	}
	return nil
}

// credentials tries those of both permissions, as far as the kind of the
// location allows.
func (c *folderCheck) credentials(ctx context.Context, s *session, v stsfolder.View) ([]stsfolder.Row, error) {
	rows, err := c.try(ctx, s, v, synapse.STSReadOnly)
	if err != nil || v.Managed() {
		return rows, err
	}
	more, err := c.try(ctx, s, v, synapse.STSReadWrite)
	return append(rows, more...), err
}

// try asks for credentials and works with them. Refusals are rows.
func (c *folderCheck) try(
	ctx context.Context, s *session, v stsfolder.View, permission synapse.STSPermission,
) ([]stsfolder.Row, error) {
	check := string(permission)
	got, err := s.client.STSCredentials(ctx, v.ID, permission)
	row := stsfolder.CheckGiven(check, v, got, err)
	c.print([]stsfolder.Row{row})
	if err != nil || row.Status == stsfolder.StatusWrong {
		return []stsfolder.Row{row}, ctx.Err()
	}
	store, err := c.store(ctx, v, got.Bucket, permission)
	if err != nil {
		return nil, err
	}
	var rows []stsfolder.Row
	switch {
	case permission == synapse.STSReadOnly:
		rows = stsfolder.CheckReading(ctx, store, got.Bucket, got.BaseKey)
	case !c.noProbe:
		key := stsfolder.ProbeKey(got.BaseKey, rand.Text())
		say(c.env.stderr, "writing and deleting %s", bucketAndKey(got.Bucket, key))
		rows = stsfolder.CheckWriting(ctx, store, got.Bucket, key)
	}
	c.print(rows)
	return append(rows, row), ctx.Err()
}

// store reaches the bucket with the folder's credentials.
func (c *folderCheck) store(
	ctx context.Context, v stsfolder.View, bucket string, permission synapse.STSPermission,
) (*objectstore.Store, error) {
	folder := access.Principal{Credentials: c.opener.Folder(v.ID, permission)}
	opened, err := c.opener.Open(ctx, c.opener.Place(bucket, c.reach.override()).Writing(true).Or(folder))
	return opened.Store, err
}

// ownership looks whose the objects are that Synapse's credentials write.
func (c *folderCheck) ownership(ctx context.Context, bucket string) stsfolder.Row {
	var setting string
	way, err := c.opener.OwnWay(ctx, bucket, c.reach.override())
	if err == nil {
		var reached access.Bucket
		if reached, err = c.opener.Open(ctx, way); err == nil {
			setting, err = reached.ObjectOwnership(ctx, bucket)
		}
	}
	return stsfolder.CheckOwnership(setting, way.Rule.WrittenACL(true), err)
}
