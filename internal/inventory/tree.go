package inventory

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	maxTree = 64 << 20 // bytes of a file of definitions
	maxYAML = 16 << 20 // of one that is YAML, each of which may take a hundred in memory
	// How many nodes are looked at, those of an alias each time that it is used: so many, and some for each byte. Without
	// aliases there are fewer than bytes.
	nodes        = 100_000
	nodesPerByte = 4
)

// tree is a document of YAML or JSON, and where it stands.
type tree struct {
	file string
	root *yaml.Node
	left int // nodes that may still be looked at
}

// pair is a member of a mapping.
type pair struct{ key, value *yaml.Node }

// parseTree reads one document. An empty one is an empty mapping.
func parseTree(file string, text []byte) (*tree, error) {
	t := &tree{file: file, left: nodes + nodesPerByte*len(text)}
	isJSON := bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{"))
	if isJSON {
		root, err := parseJSON(file, text)
		if err == nil || filepath.Ext(file) == ".json" {
			t.root = root
			return t, err
		}
	}
	if len(text) > maxYAML {
		return nil, fmt.Errorf("%s: more than %d MiB of YAML", file, maxYAML>>20)
	}
	documents := yaml.NewDecoder(bytes.NewReader(text))
	var document, next yaml.Node
	switch err := documents.Decode(&document); {
	case err == io.EOF:
		t.root = &yaml.Node{Kind: yaml.MappingNode, Line: 1, Column: 1}
		return t, nil
	case err != nil:
		return nil, t.located(err)
	}
	t.root = document.Content[0]
	switch err := documents.Decode(&next); {
	case err == nil:
		return nil, t.fail(&next, "a second document")
	case err != io.EOF:
		return nil, t.located(err)
	}
	return t, nil
}

// located is an error of the library, in our form.
func (t *tree) located(err error) error {
	where, text := t.file, strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		line, rest, _ := strings.Cut(rest, ": ")
		where, text = where+":"+line, rest
	}
	return fmt.Errorf("%s: %s", where, shown(text))
}

// fail is an error about a node.
func (t *tree) fail(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s:%d:%d: %s", t.file, n.Line, n.Column, fmt.Sprintf(format, args...))
}

// look follows an alias.
func (t *tree) look(n *yaml.Node) (*yaml.Node, error) {
	if t.left--; t.left < 0 {
		return nil, t.fail(n, "its aliases make it too large: is this a list of hosts?")
	}
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n, nil
}

// pairs lists the members of a mapping, then those of others that it merges ("<<") and does not have. What is null has none.
func (t *tree) pairs(n *yaml.Node, what string) ([]pair, error) {
	if isNull(n) {
		return nil, nil
	}
	var all []pair
	lines := make(map[string]int, len(n.Content)/2)
	for mappings := []*yaml.Node{n}; len(mappings) > 0; mappings = mappings[1:] {
		own := mappings[0] == n
		if mappings[0].Kind != yaml.MappingNode {
			return nil, t.fail(mappings[0], "%s is not a mapping", what)
		}
		content, err := t.elements(mappings[0])
		if err != nil {
			return nil, err
		}
		for p := range slices.Chunk(content, 2) {
			key, value := p[0], p[1]
			switch line := lines[key.Value]; {
			case key.ShortTag() == "!!merge":
				if value.Kind != yaml.SequenceNode {
					mappings = append(mappings, value)
					continue
				}
				several, err := t.elements(value)
				if err != nil {
					return nil, err
				}
				mappings = append(mappings, several...)
			case key.Kind != yaml.ScalarNode:
				return nil, t.fail(key, "a name in %s is not a text", what)
			case line == 0:
				lines[key.Value] = key.Line
				all = append(all, pair{key, value})
			case own:
				return nil, t.fail(key, "%s stands in line %d already", shown(key.Value), line)
			}
		}
	}
	return all, nil
}

// elements lists those of a sequence, or the keys and values of a mapping.
func (t *tree) elements(n *yaml.Node) ([]*yaml.Node, error) {
	all := make([]*yaml.Node, 0, len(n.Content))
	for _, element := range n.Content {
		element, err := t.look(element)
		if err != nil {
			return nil, err
		}
		all = append(all, element)
	}
	return all, nil
}

// firstColumn is where the text of a scalar begins; 0: below, in a block of lines.
func firstColumn(n *yaml.Node) int {
	switch {
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		return n.Column + 1
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return 0
	}
	return n.Column
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }
