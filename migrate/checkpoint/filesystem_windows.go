package checkpoint

import (
	"path/filepath"
	"syscall"
	"unsafe"
)

// driveRemote is DRIVE_REMOTE
// (https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-getdrivetypew,
// read November 2026).
const driveRemote = 4

var getDriveType = syscall.NewLazyDLL("kernel32.dll").NewProc("GetDriveTypeW")

// fileSystem is "remote" for a folder on a share, else empty.
func fileSystem(folder string) (string, error) {
	volume, err := syscall.UTF16PtrFromString(filepath.VolumeName(folder) + `\`)
	if err != nil {
		return "", err
	}
	if kind, _, _ := getDriveType.Call(uintptr(unsafe.Pointer(volume))); kind == driveRemote {
		return "remote", nil
	}
	return "", nil
}
