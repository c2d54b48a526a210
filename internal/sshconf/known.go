// Package sshconf is the parent's side of SSH: which host keys are known, what to think of one that is not pinned, and
// which private keys there are. Workers read no files: they are given keys, and ask about what they do not know.
package sshconf

import (
	"bytes"
	"fmt"
	"strings"
	"sync"

	"muster/internal/fleet"
)

// KnownHosts is what known_hosts files say, indexed: plain names by name, hashed ones by key, patterns in a list.
// Its methods are safe for concurrent use.
type KnownHosts struct {
	mu       sync.RWMutex
	plain    map[string][]entry // by lower-cased name as the file has it: name or [name]:port
	hashed   []hashedEntry
	byKey    map[string][]int // indexes in hashed, by key
	patterns []patternEntry
	revoked  map[string]entry // by key
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

// maxWarnings is how many bad lines of a file are named; the rest is counted.
const maxWarnings = 10

// LoadKnownHosts reads known_hosts files as OpenSSH does: a file that is missing is empty, and a line that cannot be read
// is as if it were not there, save for a warning ("file:line: why"). A file that is there and cannot be read is an
// error. Certificate authorities are skipped: a host that only they vouch for is unknown. A revoked key is so for every
// host, whatever names its line has, which is more than OpenSSH does: whoever has stolen it may show it under any name.
func LoadKnownHosts(files []string) (*KnownHosts, []string, error) {
	k := newKnownHosts()
	var warnings []string
	for _, file := range files {
		data, err := readOptional(file, maxKnownHosts)
		if err != nil {
			return nil, nil, fmt.Errorf("known hosts: %w", err)
		}
		warnings = append(warnings, k.read(file, data)...)
	}
	return k, warnings, nil
}

func newKnownHosts() *KnownHosts {
	return &KnownHosts{plain: map[string][]entry{}, byKey: map[string][]int{}, revoked: map[string]entry{}}
}

// maxKnownHosts bounds the size of a file, bytes: some 600,000 lines.
const maxKnownHosts = 64 << 20

// read takes in one file and returns what to warn of.
func (k *KnownHosts) read(file string, data []byte) []string {
	var warnings []string
	number, bad := 0, 0
	for line := range bytes.Lines(bytes.TrimPrefix(data, []byte("\ufeff"))) {
		number++
		if err := k.add(line, file, number); err != nil {
			if bad++; bad <= maxWarnings {
				warnings = append(warnings, fmt.Sprintf("%s:%d: %v", file, number, err))
			}
		}
	}
	if bad > maxWarnings {
		warnings = append(warnings, fmt.Sprintf("%s: %d more lines cannot be read", file, bad-maxWarnings))
	}
	return warnings
}

// maxPins bounds a host's pins, so that they fit one message to a worker. It asks about the rest.
const maxPins = 16

// Pins returns the keys that h may show without being asked about: those of plain lines. What is on hashed lines, which
// cannot be looked up by name at a tolerable price, the worker asks about.
func (k *KnownHosts) Pins(h fleet.Host) []fleet.Key {
	k.mu.RLock()
	defer k.mu.RUnlock()
	name := strings.ToLower(h.KnownName())
	entries := k.plain[name]
	// OpenSSH takes the name without a port where the other has no line at all, which only a full search would tell.
	if bare, ok := portless(name); ok && len(entries) == 0 && len(k.hashed) == 0 && len(k.patterns) == 0 {
		entries = k.plain[bare]
	}
	return k.unrevoked(entries)
}

// learn takes in a key that has been noted for the given names.
func (k *KnownHosts) learn(names []string, e entry) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.addNames(names, e)
}

// portless is the name within [name]:port; false for another form.
func portless(name string) (string, bool) {
	end := strings.LastIndex(name, "]:")
	if end < 1 || name[0] != '[' {
		return "", false
	}
	return name[1:end], true
}
