//go:build unix

package main

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"synapse-migrate/migrate/wholefile"
)

// Whatever the umask allows, nobody else reads reports and logs.
func TestModesUnderALooseUmask(t *testing.T) {
	before := syscall.Umask(0)
	defer syscall.Umask(before)
	folder := t.TempDir()
	report, log := filepath.Join(folder, "report.csv"), filepath.Join(folder, "run.log")
	var draft os.FileMode
	err := wholefile.Write(report, wholefile.Options{}, func(w io.Writer) error {
		info, err := w.(*os.File).Stat()
		draft = info.Mode().Perm()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	flags := commonFlags{logFormat: "json", logLevel: "warn", logFile: log}
	if _, done, err := flags.logger(environment{}); err != nil {
		t.Fatal(err)
	} else {
		done()
	}
	if draft != 0o600 {
		t.Errorf("the report's draft has mode %04o", draft)
	}
	for _, path := range []string{report, log} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %04o", filepath.Base(path), mode)
		}
	}
}
