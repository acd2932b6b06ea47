package bench

import (
	"os"
	"syscall"
)

// peakBytes is the largest resident set that a process had: kibibytes in
// what Linux tells (getrusage(2)).
func peakBytes(s *os.ProcessState) int64 {
	usage, ok := s.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return usage.Maxrss << 10
}
