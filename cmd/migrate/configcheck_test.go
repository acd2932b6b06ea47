package main

import (
	"fmt"
	"strings"
	"testing"
)

// row finds the line of a table that begins with a bucket, blanks made one.
func row(table, bucket, use string) string {
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if len(fields) > 2 && fields[0] == bucket && fields[1] == use {
			return strings.Join(fields, " ")
		}
	}
	return ""
}

// configured writes a configuration: buckets with their credentials, all in the
// sandbox.
func (s *site) configured(name string, pairs ...string) {
	s.t.Helper()
	text := "buckets:\n"
	for i := 0; i < len(pairs); i += 2 {
		text += fmt.Sprintf("  - {bucket: %s, endpoint: '%s', region: %s, credentials: %s}\n",
			pairs[i], s.S3Endpoint, s.Region, pairs[i+1])
	}
	s.write(name, text)
}

func TestConfigCheckTriesEachCredential(t *testing.T) {
	s := newSite(t, "--throttle=false")
	s.fill(s.Source, study("raw/", 3))
	s.fill(s.Foreign, study("archive/", 3))
	s.awsProfile("partner", s.ForeignKeys)
	reader := "{kind: assume-role, role-arn: '" + s.ReaderRole.ARN +
		"', external-id: " + s.ReaderRole.ExternalID + "}"
	s.configured("migrate.yaml", s.Source, "{kind: default}", s.Foreign, reader, s.Destination,
		"{kind: synapse, folder: "+s.External.ID+"}")

	o := s.want(exitDone, "config", "check", s.Source, "s3://"+s.Foreign+"/archive/")
	for bucket, want := range map[string]string{
		s.Source: " read line 2 the default credentials arn:aws:iam::123456789012:user/owner ok ok",
		s.Foreign: " read line 3 the role " + s.ReaderRole.ARN +
			" arn:aws:sts::123456789012:assumed-role/reader/synapse-migrate ok ok",
	} {
		if got := row(o.stdout, bucket, "read"); got != bucket+want {
			t.Errorf("got %q, want %q", got, bucket+want)
		}
	}

	s.configured("shut.yaml", s.Source, "{kind: profile, profile: partner}", s.Foreign, "{kind: anonymous}",
		"'*-elsewhere'", "{kind: static, secret-access-key: env:UNSET, access-key-id: env:UNSET}")
	o = s.want(exitIncomplete, "config", "check", "--config", "shut.yaml")
	for bucket, want := range map[string]string{
		s.Source:  ` read line 2 profile "partner" arn:aws:iam::123456789012:user/foreign failed -`,
		s.Foreign: " read line 3 nobody (anonymous) nobody failed -",
	} {
		if got := row(o.stdout, bucket, "read"); got != bucket+want {
			t.Errorf("got %q, want %q", got, bucket+want)
		}
	}
	if strings.Count(o.stdout, "AccessDenied") != 2 || strings.Contains(o.stdout, s.Elsewhere) ||
		!strings.Contains(o.stderr, "2 of 2 ways") {
		t.Errorf("got\n%s%s", o.stdout, o.stderr)
	}
	o = s.want(exitIncomplete, "config", "check", "--config", "shut.yaml", s.Elsewhere)
	if got := row(o.stdout, s.Elsewhere, "read"); got != s.Elsewhere+" read line 4 keys of env:UNSET failed - -" {
		t.Errorf("got %q\n%s", got, o.stdout)
	}
}

func TestConfigCheckOfAPlan(t *testing.T) {
	s := newSite(t, "--throttle=false").watched()
	s.fill(s.Source, study("raw/", 3))
	s.configured("lab.yaml", s.Source, "{kind: default}",
		s.Destination, "{kind: assume-role, role-arn: '"+s.WriterRole.ARN+"'}")
	s.want(exitDone, "bucket", "s3://"+s.Source+"/raw/", "--to", s.External.ID, "--config", "lab.yaml",
		"--dest-credentials", "config", "--dry-run", fast)
	run := runFileFor(s.External.ID)
	o := s.want(exitDone, "config", "check", "--run", run)
	for _, want := range []string{
		s.Source + " read line 2 the default credentials arn:aws:iam::123456789012:user/owner ok ok",
		s.Destination + " write line 3 the role " + s.WriterRole.ARN +
			" arn:aws:sts::123456789012:assumed-role/writer/synapse-migrate ok ok",
	} {
		bucket, rest, _ := strings.Cut(want, " ")
		use, _, _ := strings.Cut(rest, " ")
		if got := row(o.stdout, bucket, use); got != want {
			t.Errorf("got %q, want %q\n%s", got, want, o.stdout)
		}
	}

	s.configured("lab.yaml", s.Source, "{kind: anonymous}")
	s.want(exitIncomplete, "config", "check", "--run", run)
	o = s.want(exitDone, "report", "--run", run)
	if !strings.Contains(o.stdout, "the role "+s.WriterRole.ARN+" (lab.yaml, line 3)") {
		t.Errorf("the report doesn't name the rule:\n%s", o.stdout)
	}
}

// TestConfigCheckPassesOwnerFiles: Synapse's credentials are denied owner.txt,
// whether it is all that is there or comes before other objects.
func TestConfigCheckPassesOwnerFiles(t *testing.T) {
	s := newSite(t, "--throttle=false")
	s.fill(s.Source, study("raw/", 1))
	s.want(exitDone, "bucket", "s3://"+s.Source+"/raw/", "--to", s.External.ID, "--dry-run", fast)
	for _, head := range []string{"-", "ok"} {
		o := s.want(exitDone, "config", "check", "--run", runFileFor(s.External.ID))
		if got := row(o.stdout, s.Destination, "write"); !strings.HasSuffix(got, " ok "+head) {
			t.Errorf("got %q, want it to end with ok %s\n%s", got, head, o.stdout)
		}
		s.fill(s.Destination, map[string]string{s.External.BaseKey + "/z.txt": "data"})
	}
}

func TestConfigCheckOfAProject(t *testing.T) {
	s := newSite(t, "--throttle=false")
	truth := s.sample(60, true)
	s.awsProfile("partner", s.ForeignKeys)
	s.configured("migrate.yaml", s.Foreign, "{kind: profile, profile: partner}")
	s.want(exitDone, s.projectArgs(truth, "--dry-run", "--accept-access-change")...)
	o := s.want(exitDone, "config", "check", "--run", runFileFor(s.External.ID))
	want := s.Foreign + ` read line 2 profile "partner" arn:aws:iam::123456789012:user/foreign - ok`
	if got := row(o.stdout, s.Foreign, "read"); got != want {
		t.Errorf("got %q, want %q\n%s", got, want, o.stdout)
	}
}

func TestConfigCheckUsage(t *testing.T) {
	s := &site{t: t, dir: t.TempDir()}
	s.env = []string{childVariable + "=1", "HOME=" + s.dir}
	for name, args := range map[string][]string{
		"nothing named":   {"config", "check"},
		"plan and bucket": {"config", "check", "--run", "x", "bucket"},
		"unknown":         {"config", "look"},
		"no source":       {"config", "check", "s3:///x"},
	} {
		t.Run(name, func(t *testing.T) {
			site := *s
			site.t = t
			site.want(exitUsage, args...)
		})
	}
	s.write("migrate.yaml", "buckets:\n  - bucket: lab\n    regin: x\n")
	if o := s.want(exitFailed, "config", "check"); !strings.Contains(o.stderr, "migrate.yaml:3:5") ||
		!strings.Contains(o.stderr, "region") {
		t.Errorf("got %q, want the place and a suggestion", o.stderr)
	}
}
