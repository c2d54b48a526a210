package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"muster/internal/strategy"
)

// configVariable names the config file where --config does not.
const configVariable = "MUSTER_CONFIG"

// configFlag is in every command's list for its help: configure has read it by the time that the library does.
func configFlag() cli.Flag {
	return &cli.StringFlag{Name: "config", Usage: "defaults of options are in `FILE`, or none (default: $MUSTER_CONFIG, or ~/.config/muster/config.yaml)"}
}

// displaced says which options have no default where others are given: what would contradict them, or add to them what
// nobody asked for.
var displaced = []struct{ given, options []string }{
	{[]string{"hosts", "hostfile", "group", "local", "inventory"}, []string{"hostfile", "group", "local"}},
	alternatives("chunks", "chunk-size"),
	alternatives("expand", "fold", "count", "split"),
	alternatives("workload", "simulate"),
	alternatives("recommend", "output"),
	alternatives("parse", "items"),
	alternatives("parse", "max-output"),
	alternatives("items", "exclude"),
	alternatives("stream", "progress"),
	alternatives("stream", "output"),
	{[]string{"local"}, []string{"launcher"}},
	{[]string{"every"}, []string{"journal", "resume", "rerun-failed"}},
}

// apart are the options that mean something of their own to a command, which only its own section says: scripts are not
// timed and run again as the reading of hosts is, and lists are no numbers.
var apart = map[string][]string{
	"run":      {"timeout", "retries"},
	"compare":  {"chunks"},
	"simulate": {"faults"},
}

func alternatives(names ...string) struct{ given, options []string } {
	return struct{ given, options []string }{names, names}
}

// configure puts the defaults of the config file before the options of a line, where they have room beside those.
func (inv *invocation) configure(l *line) error {
	if l.command == nil || l.command.Hidden || len(l.command.Flags) == 0 || l.asksHelp() {
		return nil
	}
	file, named := configFile(l)
	if file == noConfig {
		return nil
	}
	s, err := readSettings(file)
	switch {
	case err != nil && !named && unreadable(err):
		return nil
	case err != nil:
		return usageError{fmt.Errorf("config: %w", err)}
	}
	inv.defaults = map[string]string{}
	var options []string
	chosen := s.defaults(l)
	for _, name := range slices.Sorted(maps.Keys(chosen)) {
		inv.defaults[name] = fmt.Sprintf("%s:%d", file, chosen[name].line)
		for _, value := range chosen[name].values {
			options = append(options, "--"+name+"="+atHome(value))
		}
	}
	l.options = append(options, l.options...)
	return nil
}

func (l *line) asksHelp() bool {
	_, long := l.given["help"]
	_, short := l.given["h"]
	return long || short
}

// configFile is where the config file may be, and whether somebody named it.
func configFile(l *line) (file string, named bool) {
	if file, named = l.given["config"]; named {
		return file, true
	}
	if file = os.Getenv(configVariable); file != "" {
		return file, true
	}
	dir := configDir()
	if dir == "" {
		return noConfig, false
	}
	return filepath.Join(dir, "config.yaml"), false
}

// configDir is where the user's files for muster are; empty: there is no home.
func configDir() string {
	if dir := os.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "muster")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".config", "muster")
}

// unreadable reports whether an error says that there is no such file, or that it is in a home that is not ours.
func unreadable(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENOTDIR)
}

// defaults are the settings that a line leaves room for: the command's own before those for all.
func (s *settings) defaults(l *line) map[string]setting {
	chosen := map[string]setting{}
	for _, command := range []string{"", l.command.Name} {
		said := s.commands[command]
		displace(chosen, said)
		for name, value := range said {
			if command != "" || means(l.command, name) {
				chosen[name] = value
			}
		}
	}
	displace(chosen, l.given)
	if l.namesHosts() {
		displace(chosen, map[string]string{"hosts": ""})
	}
	if name, given := l.given["strategy"]; given {
		if !strategy.Chunked(name) {
			displace(chosen, map[string]string{"chunks": ""})
		}
		if !strategy.Fanned(name) {
			delete(chosen, "fanout")
		}
		if !strategy.Processes(name) {
			delete(chosen, "launcher")
		}
	}
	return chosen
}

// displace takes out of chosen what is given, and what is displaced by it.
func displace[V any](chosen map[string]setting, given map[string]V) {
	for name := range given {
		delete(chosen, name)
		for _, d := range displaced {
			if slices.Contains(d.given, name) {
				for _, option := range d.options {
					delete(chosen, option)
				}
			}
		}
	}
}

// means reports whether a command has an option of that name which means what most mean by it.
func means(command *cli.Command, name string) bool {
	return slices.ContainsFunc(command.Flags, func(f cli.Flag) bool { return f.Names()[0] == name }) && !slices.Contains(apart[command.Name], name)
}

// namesHosts reports whether there are hosts on the line.
func (l *line) namesHosts() bool {
	words := len(l.words) > 0 && l.command.Name != "run" && l.command.Name != "exec" && l.given["workload"] != "script"
	return words || len(l.hosts) > 0
}

// atHome is a value with the home in place of a ~ that begins a path, as a shell would have it.
func atHome(value string) string {
	rest, tilde := strings.CutPrefix(value, "~/")
	home, err := os.UserHomeDir()
	if !tilde || err != nil {
		return value
	}
	return filepath.Join(home, rest)
}

// typed reports whether the user gave an option: a default that is of no use to a command is no mistake.
func (inv *invocation) typed(c *cli.Context, name string) bool {
	return c.IsSet(name) && inv.defaults[name] == ""
}

// sayDefaults says of the options that a usage error speaks of which are defaults, and where they stand.
func (inv *invocation) sayDefaults(err error) {
	words := strings.FieldsFunc(err.Error(), func(r rune) bool { return strings.ContainsRune(" \n:;,\"=", r) })
	for _, name := range slices.Sorted(maps.Keys(inv.defaults)) {
		if slices.Contains(words, "--"+name) || slices.Contains(words, "-"+name) || words[0] == name {
			inv.say("hint: %s has a default of --%s", inv.defaults[name], name)
		}
	}
}
