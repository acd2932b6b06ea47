package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"synapse-migrate/migrate/stsfolder"
	"synapse-migrate/synapse"
)

func newFolderList(env environment) *cobra.Command {
	var common commonFlags
	var in []string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List your storage locations, and where they are used",
		Long: `Lists the storage locations that you created, newest first; Synapse shows 100 at
most. Synapse doesn't say where a location is used: --in names projects or
folders to go through, with a call for each folder in them. A location may be
used elsewhere, too, by you and by others.

` + plainCodesHelp,
		Example: `  migrate folder list
  migrate folder list --in syn10 --in syn20`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for i, id := range in {
				if !entityID.MatchString(id) {
					return usagef("--in %q is not a Synapse ID, such as syn123", id)
				}
				in[i] = strings.ToLower(id)
			}
			return folderSession(cmd.Context(), env, common, func(ctx context.Context, s *session) error {
				return listFolders(ctx, env, s.client, in)
			})
		},
	}
	cmd.Flags().StringSliceVar(&in, "in", nil, "look for uses in this `project` or folder (synID); may be repeated")
	common.add(cmd)
	return cmd
}

// listFolders prints a line for each location, and one for each use.
func listFolders(ctx context.Context, env environment, client *synapse.Client, in []string) error {
	mine, err := client.StorageLocations(ctx)
	if err != nil {
		return err
	}
	uses, err := stsfolder.FindUses(ctx, client, in)
	if err != nil {
		return err
	}
	var text strings.Builder
	for _, l := range mine {
		text.WriteString(locationLine(l) + "\n")
		for _, u := range uses[l.StorageLocationID] {
			fmt.Fprintf(&text, "    used by %s %s\n", u.EntityID, shown(u.Path))
		}
		if len(in) > 0 && len(uses[l.StorageLocationID]) == 0 {
			text.WriteString("    not used in " + strings.Join(in, ", ") + "\n")
		}
	}
	if _, err := env.stdout.Write([]byte(text.String())); err != nil {
		return err
	}
	switch {
	case len(mine) == 0:
		say(env.stderr, "you created no storage location")
	case len(mine) == synapse.MaxListedLocations:
		say(env.stderr, "note: Synapse shows the newest %d only; there may be older ones", synapse.MaxListedLocations)
	}
	if len(in) == 0 && len(mine) > 0 {
		say(env.stderr, "note: --in names projects to search for uses; Synapse has no call that lists them")
	}
	return nil
}

// locationLine is one storage location.
func locationLine(l synapse.StorageLocation) string {
	kind, place := "other", l.ConcreteType[strings.LastIndexByte(l.ConcreteType, '.')+1:]
	switch l.ConcreteType {
	case synapse.TypeS3StorageLocation:
		kind, place = "managed", bucketAndKey("", l.BaseKey)
	case synapse.TypeExternalS3StorageLocation:
		kind, place = "external", bucketAndKey(l.Bucket, l.BaseKey)
	}
	sts := "no STS"
	if l.StsEnabled != nil && *l.StsEnabled {
		sts = "STS"
	}
	created := ""
	if l.CreatedOn != nil {
		created = l.CreatedOn.Format("2006-01-02")
	}
	line := fmt.Sprintf("%-10d %-8s %-6s %-10s %s", l.StorageLocationID, kind, sts, created, place)
	if l.Description != "" {
		line += "  (" + shown(l.Description) + ")"
	}
	return line
}
