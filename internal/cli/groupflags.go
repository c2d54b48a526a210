package cli

import (
	"path/filepath"

	"github.com/urfave/cli/v2"

	"muster/internal/inventory"
)

// groupOptions say which groups, and what defines them.
type groupOptions struct {
	names, files, inventories cli.StringSlice
}

func (o *groupOptions) flags() []cli.Flag {
	return category("Which hosts",
		&cli.StringSliceFlag{Name: "group", Aliases: []string{"g"}, Usage: "the hosts of group `NAME`, as @NAME (repeatable)", Destination: &o.names},
		&cli.StringSliceFlag{Name: "groups", Usage: "groups are defined in `FILE`, YAML (repeatable; default: ~/.config/muster/groups.yaml)", Destination: &o.files},
		&cli.StringSliceFlag{Name: "inventory", Usage: "hosts, groups and how to reach them are in Ansible's `FILE`: INI, YAML or --list (repeatable)", Destination: &o.inventories},
	)
}

// define tells source about groups.
func (o *groupOptions) define(source *inventory.Source) {
	source.Groups, source.GroupFiles, source.Inventories = o.names.Value(), o.files.Value(), o.inventories.Value()
	if dir := configDir(); dir != "" {
		source.UserGroups = filepath.Join(dir, "groups.yaml")
	}
}

// given reports whether any of the options is.
func (o *groupOptions) given() bool {
	return len(o.names.Value())+len(o.files.Value())+len(o.inventories.Value()) > 0
}

// reads are the files that are read to find out about hosts.
func (o *hostOptions) reads() []named {
	var all []named
	for _, file := range o.files.Value() {
		all = append(all, named{"--hostfile", file})
	}
	for _, file := range o.groups.files.Value() {
		all = append(all, named{"--groups", file})
	}
	for _, file := range o.groups.inventories.Value() {
		all = append(all, named{"--inventory", file})
	}
	return all
}
