package main

import (
	"database/sql"
	"net/url"
	"os"
	"strings"
	"testing"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/verify"
)

// tamper changes a run file as one does who knows its format: each page has its
// checksum again, and the triggers that forbid the change are there as before.
func (s *site) tamper(runFile, statement string) {
	s.t.Helper()
	f, err := checkpoint.OpenReadOnly(s.t.Context(), s.path(runFile)) // which makes its VFS known
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	name := url.URL{Scheme: "file", Path: s.path(runFile), RawQuery: "vfs=run-file"}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	const sealing = " FROM sqlite_schema WHERE name LIKE 'sealed_%' ORDER BY rowid"
	var drop, create string
	err = db.QueryRowContext(s.t.Context(), "SELECT group_concat('DROP TRIGGER ' || name, ';'), group_concat(sql, ';') FROM (SELECT *"+
		sealing+")").Scan(&drop, &create)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, part := range []string{drop, statement, create} {
		if _, err := db.ExecContext(s.t.Context(), part); err != nil {
			s.t.Fatal(err)
		}
	}
}

// TestLocalFilesAreReadAgain: of a directory's files nothing but reading them
// tells the content; and what a run file says of them is compared with its
// digest before any command believes it.
func TestLocalFilesAreReadAgain(t *testing.T) {
	s := newSite(t, "--throttle=false")
	s.files("in", map[string]string{"a.txt": "one", "b.txt": "two"})
	s.want(exitDone, "local", "in", "--to", s.External.ID, fast, "--yes", "--run", "a.migrate")
	v := s.verify(exitDone, "--run", "a.migrate", "--read", "all", "--allow-extra")
	if got := v.summary.Proofs[verify.ProofRead]; got != 2 {
		t.Errorf("%d files were compared by reading, want 2", got)
	}
	if err := os.WriteFile(s.path("in/b.txt"), []byte("TWO, and more"), 0o600); err != nil {
		t.Fatal(err)
	}
	if v = s.verify(exitIncomplete, "--run", "a.migrate", "--read", "all", "--allow-extra"); v.summary.Verdicts[verify.VerdictUnknown] != 1 {
		t.Errorf("got %v, want one that is unknown: its source has changed", v.summary.Verdicts)
	}
	s.tamper("a.migrate", "UPDATE item SET name = 'c.txt' WHERE name = 'b.txt'")
	for _, command := range [][]string{{"verify"}, {"resume", "--yes"}} {
		o := s.want(exitFailed, append(command, "--run", "a.migrate", fast)...)
		if !strings.Contains(o.stderr, "the plan's digest is") {
			t.Errorf("migrate %s says:\n%s", command[0], o.stderr)
		}
	}
}
