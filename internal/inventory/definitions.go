package inventory

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"muster/internal/hostlist"
)

// readDefinitions reads the files that say what groups are, and how hosts are reached.
func (c *collector) readDefinitions() {
	for _, name := range c.src.GroupFiles {
		c.problems.add(c.define(name, c.groups.readGroups))
	}
	if len(c.src.Inventories) > 0 {
		c.ansible = newAnsible(c.max)
		for _, name := range c.src.Inventories {
			c.problems.add(c.define(name, c.ansible.read))
			c.doubtVars(name)
		}
		c.doubts = append(c.doubts, c.ansible.doubts...)
		if c.problems.err() == nil {
			c.problems.add(c.ansible.settle())
		}
	}
	if _, err := os.Stat(c.src.UserGroups); err != nil || len(c.src.GroupFiles) > 0 {
		c.src.UserGroups = ""
	}
	if len(c.src.GroupFiles) > 0 || c.ansible != nil || c.src.UserGroups != "" {
		c.lists.Groups = c.find
	}
}

// define reads a whole file of definitions.
func (c *collector) define(name string, read func(name string, text []byte) error) error {
	r, name, err := c.open(name)
	if err != nil {
		return err
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, maxTree+1))
	switch {
	case err != nil:
		return err
	case len(text) > maxTree:
		return fmt.Errorf("%s: more than %d MiB: is this a list of hosts?", name, maxTree>>20)
	}
	return read(name, text)
}

// doubtVars says where Ansible would find more about hosts than an inventory has.
func (c *collector) doubtVars(inventory string) {
	for _, name := range []string{"group_vars", "host_vars"} {
		dir := filepath.Join(filepath.Dir(inventory), name)
		if _, err := os.Stat(dir); err == nil && inventory != "-" {
			c.doubts = append(c.doubts, fmt.Sprintf("%s is not read: %s", dir, listInstead))
		}
	}
}

// find is the lookup of expressions: the groups of inventories come before those of the default source.
func (c *collector) find(source, name string) ([]hostlist.Text, error) {
	if source == "" && c.ansible != nil {
		g := c.ansible.groups[name]
		if name == "*" {
			g = c.ansible.groups[groupAll]
		}
		if g != nil {
			return c.ansible.members(g), nil
		}
	}
	if file := c.src.UserGroups; file != "" {
		c.src.UserGroups = ""
		if err := c.define(file, c.groups.readGroups); err != nil {
			return nil, err
		}
	}
	if source == "" && c.groups.first == "" {
		if c.ansible != nil {
			return nil, fmt.Errorf("no group %s in the inventory, which has %s", shown(name), some(c.ansible.names))
		}
		return nil, errors.New("no groups are defined")
	}
	return c.groups.find(source, name)
}

// addGroups adds the hosts of groups, several joined by commas, which may overlap.
func (c *collector) addGroups(names string) error {
	if strings.ContainsAny(names, "!&^ ") {
		return fmt.Errorf("group %s: a name, or several joined by commas; what is more is an argument, such as '@web!@db'", shown(names))
	}
	return c.add("@" + strings.ReplaceAll(names, ",", ",@"))
}
