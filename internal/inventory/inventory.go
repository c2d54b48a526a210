// Package inventory finds out which hosts a run is about: from arguments, hostfiles and standard input, less what is
// excluded, each host once.
package inventory

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"muster/internal/fleet"
)

// DefaultMax bounds a list where a Source does not.
const DefaultMax = 1_000_000

// ErrNoHosts says that the sources are in order but name no host, or none that is not excluded.
var ErrNoHosts = errors.New("no hosts")

// Source says where hosts come from. The hosts are those of Local, Args, Files and Groups, in this order. Where all but Local
// are empty, they are those of Inventories.
type Source struct {
	Local   bool      // this machine, read directly
	Args    []string  // expressions, see package hostlist, or ^FILE for a hostfile
	Files   []string  // hostfiles, "-" is Stdin
	Groups  []string  // names of groups, several joined by commas
	Stdin   io.Reader // may be nil if no file is "-"
	Exclude []string  // as Args; without user or port they take out a name under any

	GroupFiles  []string // define groups, in YAML
	UserGroups  string   // does so where GroupFiles is empty and this file is there, once a group is asked for; may be empty
	Inventories []string // Ansible's: define groups, and how hosts are reached, wherever they are named; "-" is Stdin

	User string // of a host that is given without
	Port int    // of a host that is given without; 0: fleet.DefaultPort
	// Route fills in what is known of the way to a host, before User and Port do; nil: nothing is.
	Route      func(fleet.Host) (fleet.Host, error)
	Max        int  // hosts, over all sources; 0: DefaultMax
	AllowEmpty bool // no hosts are no error
}

// List is the hosts of a run.
type List struct {
	Hosts []fleet.Host // with user and port filled in, in the order given, labelled with their first spelling; each ID once
	Notes []string     // what the user should know about how it came to be, a line each
}

// Load reads the sources, each once. Its error says all that is wrong with them, a line each: the first ten problems and
// how many more there are, with the column in an argument or file:line:column. Where nothing is wrong but there are no
// hosts, errors.Is finds ErrNoHosts.
func Load(src Source) (List, error) {
	c := newCollector(src)
	c.readDefinitions()
	if err := c.problems.err(); err != nil { // what the rest means is not known
		return List{}, err
	}
	for _, arg := range src.Exclude {
		c.argument(arg, func(expr string) error {
			if err := c.exclude(expr); err != nil {
				return fmt.Errorf("exclude: %w", err)
			}
			return nil
		})
	}
	if src.Local {
		c.addLocal()
	}
	for _, arg := range src.Args {
		c.argument(arg, c.add)
	}
	for _, name := range src.Files {
		c.lines(name, c.add)
	}
	switch {
	case len(src.Groups) > 0:
		c.problems.add(c.addGroups(strings.Join(src.Groups, ",")))
	case len(src.Inventories) > 0 && len(src.Args)+len(src.Files) == 0:
		c.problems.add(c.addGroups(groupAll))
	}
	if err := c.problems.err(); err != nil {
		return List{}, err
	}
	if len(c.hosts) == 0 && !src.AllowEmpty {
		return List{}, c.noHosts()
	}
	return List{Hosts: c.hosts, Notes: c.notes()}, nil
}
