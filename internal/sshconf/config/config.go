// Package config reads ssh_config(5) and evaluates it for a host as OpenSSH's ssh does, which is its oracle: of each option
// the first value that applies counts.
//
// What it cannot evaluate itself, such as Match exec, which runs a command, it has the system's ssh evaluate, by ssh -G.
package config

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Source says which files are read.
type Source struct {
	File       string // in place of the others; it must be there. Empty: they are read
	User       string // the user's; it may be missing, and is where this is empty
	System     string // the machine's; it may be missing
	Home       string // what ~ stands for
	LocalUser  string // who runs this
	NoCommands bool   // refuse what would have a command run on this machine
}

// Config is what ssh_config files say. Its methods are safe for concurrent use.
type Config struct {
	source Source
	files  []*file // in the order in which they count
	final  bool    // there is a Match final: the files are gone through twice
	ssh    program

	unknown *Error // the first option that is not known here, and where; nil: there is none

	mu    sync.Mutex
	notes []string
}

// Error says what is wrong with an ssh_config, and where.
type Error struct {
	File   string
	Line   int // from 1; 0: the file as a whole
	Reason string
	Advice string // what to do about it; may be empty
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Reason)
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Reason)
}

// Hint is what to do about it, or "".
func (e *Error) Hint() string { return e.Advice }

// Load reads the files, and those that they include. It runs nothing. An error is an *Error or about a file that cannot be
// read.
func Load(source Source) (*Config, error) {
	c := &Config{source: source}
	l := &loader{config: c}
	if source.File != "" {
		f, err := l.load(source.File, place{base: userBase(source.Home)}, 0, true)
		if err != nil {
			return nil, err
		}
		c.files = []*file{f}
		return c, nil
	}
	for _, from := range []struct{ name, base string }{{source.User, userBase(source.Home)}, {source.System, systemBase}} {
		if from.name == "" {
			continue
		}
		f, err := l.load(from.name, place{base: from.base, system: from.base == systemBase}, 0, false)
		if err != nil {
			return nil, err
		}
		if f != nil {
			c.files = append(c.files, f)
		}
	}
	return c, nil
}

// Notes are what the user should know of the files, each said once.
func (c *Config) Notes() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.notes)
}

func (c *Config) note(at *Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if text := at.Error(); !slices.Contains(c.notes, text) && len(c.notes) < maxNotes {
		c.notes = append(c.notes, text)
	}
}

// maxNotes bounds how many notes are made.
const maxNotes = 20

func userBase(home string) string { return strings.TrimSuffix(home, "/") + "/.ssh" }

const systemBase = "/etc/ssh"
