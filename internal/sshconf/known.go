// Package sshconf is the parent's side of SSH: which host keys are known, what to think of one that is not pinned, and
// which private keys there are. Workers read no files: they are given keys, and ask about what they do not know.
package sshconf

import (
	"bytes"
	"fmt"

	"muster/internal/fleet"
)

// known is what a known_hosts file says.
type known struct {
	file        string
	hosts       table // keys of hosts
	authorities table // keys of those who certify hosts' keys
	revoked     revocations
	turn        chan failure // of capacity 1: whoever has taken it out, and nobody else, writes to the file
}

func newKnown(file string) *known {
	k := &known{file: file, hosts: newTable(), authorities: newTable(), revoked: revocations{}, turn: make(chan failure, 1)}
	k.turn <- failure{}
	return k
}

// entry is one key of a line.
type entry struct {
	key  fleet.Key
	typ  string
	file string
	line int // from 1; 0: written by this run
}

// place says where the entry stands.
func (e entry) place() string {
	if e.line == 0 {
		return e.file
	}
	return fmt.Sprintf("%s:%d", e.file, e.line)
}

const (
	maxKnownHosts = 64 << 20 // bounds the size of a file, bytes: some 600,000 lines
	maxWarnings   = 10       // how many bad lines of a file are named; the rest is counted
)

// read takes in the file's content and returns what to warn of.
func (k *known) read(data []byte) []string {
	var warnings []string
	number, bad := 0, 0
	for line := range bytes.Lines(bytes.TrimPrefix(data, []byte("\ufeff"))) {
		number++
		if err := k.add(line, number); err != nil {
			if bad++; bad <= maxWarnings {
				warnings = append(warnings, fmt.Sprintf("%s:%d: %v", k.file, number, err))
			}
		}
	}
	if bad > maxWarnings {
		warnings = append(warnings, fmt.Sprintf("%s: %d more lines cannot be read", k.file, bad-maxWarnings))
	}
	return warnings
}
