package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
	"go.yaml.in/yaml/v3"

	"muster/internal/durable"
)

// maxSettings bounds a config file, in bytes.
const maxSettings = 1 << 20

// setting is what a config file says of one option.
type setting struct {
	values []string // several where the option may be repeated
	line   int
}

// settings are what a config file says: for each command, and under "" for all, of each option by its first name.
type settings struct {
	file     string
	app      *cli.App // whose flags are nobody's but ours: values are tried on them
	commands map[string]map[string]setting
}

// readSettings reads a config file. Its error says the first thing that is wrong, with file:line.
func readSettings(file string) (*settings, error) {
	f, err := durable.OpenOwn(file)
	if errors.As(err, new(*durable.OthersMayWriteError)) {
		err = fmt.Errorf("%s: %w", file, err)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSettings+1))
	if err == nil && len(text) > maxSettings {
		err = fmt.Errorf("%s: more than %d KiB", file, maxSettings>>10)
	}
	if err != nil {
		return nil, err
	}
	s := &settings{file: file, app: (&invocation{}).app(), commands: map[string]map[string]setting{}}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, more yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) { // there is nothing in it
		return s, nil
	} else if err != nil {
		return nil, s.yamlError(err)
	}
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: more than one document", file)
	}
	return s, s.take("", document.Content[0])
}

// yamlError has the line where other errors have it.
func (s *settings) yamlError(err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if line, ok := strings.CutPrefix(text, "line "); ok {
		return fmt.Errorf("%s:%s", s.file, line)
	}
	return fmt.Errorf("%s: %s", s.file, text)
}

func (s *settings) wrong(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", s.file, n.Line, fmt.Errorf(format, args...))
}

// take takes in what is said for a command, or for all.
func (s *settings) take(command string, section *yaml.Node) error {
	if section.Kind != yaml.MappingNode {
		return s.wrong(section, "want OPTION: VALUE, or COMMAND: and such lines under it")
	}
	options := s.options(command)
	taken := map[string]setting{}
	s.commands[command] = taken
	for i := 0; i < len(section.Content); i += 2 {
		key, value := section.Content[i], section.Content[i+1]
		name := key.Value
		if command == "" && s.isSection(name, value) {
			if err := s.takeSection(key, value); err != nil {
				return err
			}
			continue
		}
		at := slices.IndexFunc(options, func(f cli.Flag) bool { return f.Names()[0] == name })
		if at < 0 {
			return s.wrong(key, "%q is no option that has a default here%s", name, suggestion(namesOf(options), name))
		}
		if _, twice := taken[name]; twice {
			return s.wrong(key, "%s stands here twice", name)
		}
		values, err := s.values(options[at], value)
		if err != nil {
			return err
		}
		taken[name] = setting{values, key.Line}
	}
	return nil
}

// isSection reports whether a value is what is said for a command, which may be nothing.
func (s *settings) isSection(name string, value *yaml.Node) bool {
	return value.Kind == yaml.MappingNode || value.Tag == "!!null" && s.app.Command(name) != nil
}

// suggestion asks whether the nearest of those names was meant. Who names what has no default meant that.
func suggestion(names []string, name string) string {
	var flags []cli.Flag
	for _, known := range names {
		flags = append(flags, &cli.BoolFlag{Name: known})
	}
	nearest := strings.TrimLeft(cli.SuggestFlag(flags, name, true), "-")
	if nearest == "" || slices.Contains(fixed, name) {
		return ""
	}
	return ": did you mean " + nearest + "?"
}

// namesOf are the first names of options: a letter is near to nothing.
func namesOf(options []cli.Flag) (names []string) {
	for _, option := range options {
		names = append(names, option.Names()[0])
	}
	return names
}

// takeSection takes in the section of a command.
func (s *settings) takeSection(key, section *yaml.Node) error {
	command := s.app.Command(key.Value)
	if command == nil || command.Hidden {
		return s.wrong(key, "no command %q%s", key.Value, suggestion(commandNames(commandDocs(s.app)), key.Value))
	}
	if s.commands[key.Value] != nil {
		return s.wrong(key, "%s stands here twice", key.Value)
	}
	if section.Tag == "!!null" {
		section = &yaml.Node{Kind: yaml.MappingNode}
	}
	return s.take(key.Value, section)
}

// fixed are the options that have no defaults: they say what is done, or where defaults are.
var fixed = []string{"config", "every", "plan", "times"}

// options are those that may have a default for a command, or for all, each name once.
func (s *settings) options(command string) (options []cli.Flag) {
	for _, c := range visible(s.app) {
		if command != "" && c.Name != command {
			continue
		}
		for _, flag := range c.Flags {
			name := flag.Names()[0]
			known := slices.ContainsFunc(options, func(f cli.Flag) bool { return f.Names()[0] == name })
			if !known && !hidden(flag) && !slices.Contains(fixed, name) {
				options = append(options, flag)
			}
		}
	}
	return options
}

func visible(app *cli.App) []*cli.Command {
	return slices.DeleteFunc(slices.Clone(app.Commands), func(c *cli.Command) bool { return c.Hidden })
}

func hidden(flag cli.Flag) bool {
	f, ok := flag.(cli.VisibleFlag)
	return ok && !f.IsVisible()
}

// values are what a node says of an option, as arguments would.
func (s *settings) values(flag cli.Flag, node *yaml.Node) (values []string, err error) {
	nodes := []*yaml.Node{node}
	if _, several := flag.(*cli.StringSliceFlag); several && node.Kind == yaml.SequenceNode {
		nodes = node.Content
	}
	for _, n := range nodes {
		text, err := valueOf(flag, n)
		if err != nil {
			return nil, s.wrong(n, "%s: %w", flag.Names()[0], err)
		}
		values = append(values, text)
	}
	return values, nil
}

// valueOf is a value of an option, of the type that it is to have.
func valueOf(flag cli.Flag, n *yaml.Node) (text string, err error) {
	want := "one word or text"
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return "", errors.New("one value is wanted")
	}
	switch flag := flag.(type) {
	case *cli.BoolFlag:
		want = "true or false"
		text, err = decoded[bool](n)
	case *cli.IntFlag:
		want = "a whole number"
		text, err = wholeNumber[int](n)
	case *cli.Uint64Flag:
		want = "a whole number, not negative"
		text, err = wholeNumber[uint64](n)
	case *cli.Float64Flag:
		want = "a number"
		text, err = decoded[float64](n)
	case *cli.DurationFlag:
		want = "a duration, such as 10s"
		text, err = decoded[time.Duration](n)
	case *cli.GenericFlag:
		if text = n.Value; flag.Value.Set(text) != nil {
			return "", flag.Value.Set(text)
		}
	default:
		text = n.Value
		if n.Tag == "!!bool" {
			err = errors.New(want)
		}
	}
	if err != nil {
		return "", fmt.Errorf("%q: want %s", n.Value, want)
	}
	return text, nil
}

func decoded[T any](n *yaml.Node) (string, error) {
	var value T
	err := n.Decode(&value)
	return fmt.Sprint(value), err
}

// wholeNumber is decoded for a number of which no fraction is to be lost.
func wholeNumber[T int | uint64](n *yaml.Node) (string, error) {
	if n.Tag != "!!int" {
		return "", errors.New("no whole number")
	}
	return decoded[T](n)
}
