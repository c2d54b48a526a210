package inventory

import (
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
)

// yamlStart is a line with which an inventory of YAML or JSON begins: the name of a group, or what stands before all.
const yamlStart = `^("[^"]*"|'[^']*'|[^\s\[='"]+):(\s|$)|^---|^\{`

// read reads one inventory, whose format its name tells, or else its beginning.
func (a *ansible) read(file string, text []byte) error {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	switch {
	case bytes.HasPrefix(text, []byte("#!")):
		return fmt.Errorf("%s: a program that prints an inventory is not run: %s", file, listInstead)
	case bytes.HasPrefix(text, []byte("$ANSIBLE_VAULT")):
		return fmt.Errorf("%s: it is encrypted: %s", file, listInstead)
	}
	switch filepath.Ext(file) {
	case ".yaml", ".yml", ".json":
		return a.readTree(file, text)
	case ".ini", ".cfg":
		return a.readINI(file, string(text))
	}
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' || line[0] == ';' {
			continue
		}
		if regexp.MustCompile(yamlStart).Match(line) {
			return a.readTree(file, text)
		}
		break
	}
	return a.readINI(file, string(text))
}

// listInstead is what to do about an inventory that only Ansible can read.
const listInstead = "ansible-inventory -i FILE --list > inventory.json makes one that is read"
