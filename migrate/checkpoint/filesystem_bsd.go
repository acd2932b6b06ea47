//go:build darwin || freebsd

package checkpoint

import "syscall"

// fileSystem is the kind of file system that a folder lies on, as mount names
// it.
func fileSystem(folder string) (string, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return "", err
	}
	var name []byte
	for _, c := range s.Fstypename {
		if c == 0 {
			break
		}
		name = append(name, byte(c))
	}
	return string(name), nil
}
