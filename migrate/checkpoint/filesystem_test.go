package checkpoint

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"synapse-migrate/migrate/filelock"
)

func TestNetworkFileSystemsAreRefused(t *testing.T) {
	tests := []struct {
		kind string
		err  error
		want string // in the message; empty: it is taken
	}{
		{kind: ""}, {kind: "apfs"}, {kind: "zfs"},
		{kind: "nfs", err: errors.New("statfs: no such file")},
		{kind: "nfs", want: "(NFS)"}, {kind: "lustre", want: "(Lustre)"}, {kind: "gpfs", want: "(GPFS)"},
		{kind: "cifs", want: "(SMB)"}, {kind: "smb2", want: "(SMB)"}, {kind: "smbfs", want: "(SMB)"},
		{kind: "ceph", want: "(CephFS)"}, {kind: "beegfs", want: "(BeeGFS)"},
		{kind: "remote", want: "(a network drive)"},
	}
	for _, test := range tests {
		err := checkFileSystem("/home/ada/syn1.migrate", func(folder string) (string, error) {
			if folder != "/home/ada" {
				t.Errorf("looked at %q", folder)
			}
			return test.kind, test.err
		})
		if refused := errors.Is(err, ErrFileSystem); refused != (test.want != "") ||
			refused && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.kind, err, test.want)
		}
	}
}

// TestFileSystemIsKnown: what the system tells of this machine's own.
func TestFileSystemIsKnown(t *testing.T) {
	folder := t.TempDir()
	kind, err := fileSystem(folder)
	if err != nil {
		t.Fatal(err)
	}
	if name, is := network[kind]; is {
		t.Logf("the tests run on %s", name)
	}
	if _, err := fileSystem(folder + "/not there"); err == nil && kind != "" {
		t.Error("a folder that is not there has a file system")
	}
}

func TestLackingLocksAreNamed(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.ENOSYS, syscall.ENOTSUP, syscall.ENOLCK} {
		err := lacking(fmt.Errorf("flock: %w", errno))
		if !errors.Is(err, ErrFileSystem) || !errors.Is(err, errno) {
			t.Errorf("%v: got %v, want ErrFileSystem", errno, err)
		}
	}
	for _, err := range []error{filelock.ErrHeld, os.ErrPermission, syscall.ENOSPC} {
		if got := lacking(err); errors.Is(got, ErrFileSystem) {
			t.Errorf("%v: got %v, which has nothing to do with it", err, got)
		}
	}
}
