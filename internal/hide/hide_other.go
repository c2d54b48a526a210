//go:build !linux

// Package hide keeps to a process what is in its memory, where that may be keys and passwords.
package hide

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Memory keeps this process's memory out of core files. Its children inherit the limit, and may raise it again.
func Memory() error {
	var core unix.Rlimit
	err := unix.Getrlimit(unix.RLIMIT_CORE, &core)
	if err == nil {
		core.Cur = 0
		err = unix.Setrlimit(unix.RLIMIT_CORE, &core)
	}
	if err != nil {
		return fmt.Errorf("memory hide: %w", err)
	}
	return nil
}
