// Package hide keeps to a process what is in its memory, where that may be keys and passwords.
package hide

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Memory hides this process's memory, for the rest of its life, from other processes of its user and from core files,
// whatever the limit of those: that stays as it is, for children, who are hidden only until they are another program.
// Afterwards what is in /proc of this process belongs to root: it may read it, but not write.
func Memory() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("memory hide: %w", err)
	}
	return nil
}
