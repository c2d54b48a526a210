//go:build !linux

package worker

import "os"

// takeStdin returns standard input.
func takeStdin() *os.File { return os.Stdin }
