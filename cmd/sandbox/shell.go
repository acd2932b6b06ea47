package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"synapse-migrate/migrate/sandbox/describe"
)

// shellLines are the lines that a POSIX shell reads to use a sandbox: the
// owner's environment, and everything else as comments.
func shellLines(d describe.Description) string {
	var b strings.Builder
	for _, variable := range [][2]string{
		{"SYNAPSE_ENDPOINT", d.SynapseEndpoint},
		{"SYNAPSE_AUTH_TOKEN", d.Owner.Token},
		{"AWS_ENDPOINT_URL_S3", d.S3Endpoint},
		{"MIGRATE_ETAGS", d.ETags},
		{"AWS_ENDPOINT_URL_STS", d.STSEndpoint},
		{"AWS_REGION", d.Region},
		{"AWS_ACCESS_KEY_ID", d.OwnerKeys.AccessKeyID},
		{"AWS_SECRET_ACCESS_KEY", d.OwnerKeys.SecretAccessKey},
		{"EARTHDATA_TOKEN", d.Earthdata.Token},
		{"SANDBOX_S3CREDENTIALS", d.Earthdata.Endpoint},
		{"SANDBOX_FOLDER", d.External.ID},
	} {
		if variable[1] == "" {
			fmt.Fprintf(&b, "unset %s\n", variable[0])
			continue
		}
		fmt.Fprintf(&b, "export %s=%s\n", variable[0], quote(variable[1]))
	}
	b.WriteString("unset AWS_SESSION_TOKEN AWS_PROFILE\n")
	for _, line := range comments(d) {
		// No line end within, whatever a name holds: it would end the comment.
		line = strings.Join(strings.FieldsFunc(line, isLineEnd), " ")
		b.WriteString(strings.TrimRight("# "+line, " ") + "\n")
	}
	return b.String()
}

func isLineEnd(r rune) bool { return r == '\n' || r == '\r' }

// quote makes a word of any text, for a POSIX shell.
func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

func comments(d describe.Description) []string {
	lines := []string{
		"",
		"Folders of the project " + d.Project + ", all owned by " + d.Owner.Name + ":",
		place(d.External, "external STS folder, your own bucket"),
		place(d.Managed, "managed STS folder, Synapse's bucket"),
		place(d.ColleagueFolder, "STS folder with a colleague's storage location"),
		"  " + d.Plain.ID + "  plain folder",
		"",
		"Buckets:",
		"  s3://" + d.Source + "  your source; the keys above may read and write it",
		"  s3://" + d.Destination + "  yours too, used by the folders",
		"  s3://" + d.Elsewhere + "  yours too, in the region " + d.ElsewhereRegion,
		"  s3://" + d.Foreign + "  somebody else's, with keys of its own:",
		"    AWS_ACCESS_KEY_ID=" + quote(d.ForeignKeys.AccessKeyID) +
			" AWS_SECRET_ACCESS_KEY=" + quote(d.ForeignKeys.SecretAccessKey),
		"    or with keys from $SANDBOX_S3CREDENTIALS, an endpoint as NASA's, and its $EARTHDATA_TOKEN",
		"  all of S3:",
		"    AWS_ACCESS_KEY_ID=" + quote(d.Root.AccessKeyID) +
			" AWS_SECRET_ACCESS_KEY=" + quote(d.Root.SecretAccessKey),
		"",
		"A user without any rights: SYNAPSE_AUTH_TOKEN=" + quote(d.Stranger.Token),
	}
	switch d.Sessions {
	case describe.SessionsOpen:
		lines = append(lines, "", "This S3 ignores session policies: Synapse's credentials reach more than their folder.")
	case describe.SessionsNone:
		lines = append(lines, "", "This S3 gives no sessions: Synapse's credentials are the keys above, and reach all of it.")
	}
	lines = append(lines, sampled(d.Sample)...)
	return append(lines, loaded(d.Loaded)...)
}

// sampled tells of the sample project.
func sampled(p *describe.SampleProject) []string {
	if p == nil {
		return nil
	}
	return []string{
		"",
		"Sample project " + p.ID + " (" + p.Name + "): files in several storages, with versions.",
		"  " + p.RestrictedFolder + "  a folder with sharing settings of its own",
		fmt.Sprintf("  %d  a user who may download everything else: SYNAPSE_AUTH_TOKEN=%s",
			p.Reader.ID, quote(p.Reader.Token)),
		fmt.Sprintf("  %d  the access requirement on some of the files", p.Requirement),
	}
}

func place(f describe.Folder, what string) string {
	return fmt.Sprintf("  %s  %s: s3://%s/%s/", f.ID, what, f.Bucket, f.BaseKey)
}

// loaded tells what was filled in. Names of files are quoted, so that none
// can end the comment.
func loaded(l *describe.Load) []string {
	if l == nil {
		return nil
	}
	lines := []string{"", fmt.Sprintf("Loaded: %d objects, %d bytes, into %q",
		l.Objects, l.SizeBytes, "s3://"+l.Bucket+"/"+l.Prefix)}
	for _, path := range slices.Sorted(maps.Keys(l.Refused)) {
		lines = append(lines, fmt.Sprintf("  left out: %q: %s", path, l.Refused[path]))
	}
	return lines
}
