package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"synapse-migrate/migrate/stsfolder"
)

func newFolderShow(env environment) *cobra.Command {
	var common commonFlags
	cmd := &cobra.Command{
		Use:   "show synID",
		Short: "Show what is known of a folder and its storage location",
		Long: `Shows the storage location that is in force at a folder, or at anything else in
Synapse, and what it means. Changes nothing, and asks for no credentials.

` + plainCodesHelp,
		Example: `  migrate folder show syn123`,
		Args:    oneEntity,
		RunE: func(cmd *cobra.Command, args []string) error {
			return folderSession(cmd.Context(), env, common, func(ctx context.Context, s *session) error {
				view, err := stsfolder.Look(ctx, s.client, strings.ToLower(args[0]))
				if err != nil {
					return err
				}
				return showView(env, view)
			})
		},
	}
	common.add(cmd)
	return cmd
}

// showView prints what is known, a line for each fact.
func showView(env environment, v stsfolder.View) error {
	var text strings.Builder
	for _, l := range viewLines(v) {
		fmt.Fprintf(&text, "%-20s %s\n", l.name, shown(l.value))
	}
	_, err := env.stdout.Write([]byte(text.String()))
	return err
}

// viewLines are the facts with their names.
func viewLines(v stsfolder.View) []variable {
	d := v.Destination
	lines := []variable{
		{"entity", v.ID},
		{"path", v.Path},
		{"type", v.ConcreteType[strings.LastIndexByte(v.ConcreteType, '.')+1:]},
		{"storage location", fmt.Sprint(d.StorageLocationID)},
		{"set on", settingPlace(v)},
		{"kind", kindOf(v)},
		{"STS", yesNo(d.StsEnabled)},
	}
	if v.Managed() || d.Bucket != "" {
		lines = append(lines, variable{"where", bucketAndKey(d.Bucket, d.BaseKey)})
	}
	if v.Mine != nil && v.Mine.CreatedOn != nil {
		lines = append(lines, variable{"created", "by you, on " + v.Mine.CreatedOn.Format("2006-01-02")})
	} else if v.Mine == nil {
		lines = append(lines, variable{"created", "by somebody else; Synapse shows the rest only to them"})
	}
	if v.Mine != nil && v.Mine.Description != "" {
		lines = append(lines, variable{"description", v.Mine.Description})
	}
	return append(lines,
		variable{"sharing settings", map[bool]string{true: "its own", false: "inherited"}[v.OwnSharing]},
		variable{"access requirements", requirementsText(v)},
		variable{"you may", rightsText(v)},
		variable{"empty", yesNo(!v.HasChildren)},
		variable{"credentials", credentialsText(v)},
	)
}

func settingPlace(v stsfolder.View) string {
	switch v.SettingOn {
	case "":
		return "nothing here or above: Synapse's own storage"
	case v.ID:
		return "this one"
	}
	return v.SettingOn + ", above"
}

func kindOf(v stsfolder.View) string {
	if v.Managed() {
		return "managed: in Synapse's bucket"
	}
	name := v.Destination.ConcreteType
	name = strings.TrimSuffix(name[strings.LastIndexByte(name, '.')+1:], "UploadDestination")
	if name == "ExternalS3" {
		return "external: somebody's own S3 bucket"
	}
	return name
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

func requirementsText(v stsfolder.View) string {
	switch {
	case len(v.Requirements) == 0:
		return "none"
	case v.Unmet:
		return fmt.Sprintf("%v, not all met by you", v.Requirements)
	}
	return fmt.Sprintf("%v, met by you", v.Requirements)
}

func rightsText(v stsfolder.View) string {
	var can []string
	for _, r := range []struct {
		name string
		has  bool
	}{
		{"view", v.Permissions.CanView}, {"download", v.Permissions.CanDownload},
		{"update", v.Permissions.CanEdit}, {"create", v.Permissions.CanAddChild},
		{"delete", v.Permissions.CanDelete},
	} {
		if r.has {
			can = append(can, r.name)
		}
	}
	return strings.Join(can, ", ")
}

// credentialsText says what credentials there are.
func credentialsText(v stsfolder.View) string {
	p := v.Permissions
	switch {
	case !v.Destination.StsEnabled:
		return "none: no STS storage location is in force here"
	case !p.CanDownload:
		return "none for you: they take the right to download, and access requirements met"
	case v.Managed():
		return "read_only; Synapse's own storage gives none that write"
	case p.CanEdit && p.CanAddChild && p.CanDelete:
		return "read_only and read_write"
	}
	return "read_only; those that write take the rights to update, create and delete too"
}
