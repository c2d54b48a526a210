package inventory

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v3"
)

// maxValues bounds the values of one document of JSON, which take about 200 bytes each.
const maxValues = 8 << 20

// jsonReader makes a tree of JSON, which YAML is not quite a superset of: it has other escapes.
type jsonReader struct {
	text []byte
	*jsontext.Decoder
	line, column, counted int // where we are, of the bytes so far
	values                int
}

func parseJSON(file string, text []byte) (*yaml.Node, error) {
	r := &jsonReader{text: text, line: 1, column: 1}
	r.Decoder = jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true)) // pairs refuses them
	root, err := r.value()
	at := r.node()
	if err == nil {
		if _, err = r.ReadToken(); err == io.EOF {
			return root, nil
		} else if err == nil {
			err = errors.New("something stands behind the end")
		}
	}
	var wrong *jsontext.SyntacticError
	if errors.As(err, &wrong) {
		err = wrong.Err
	}
	return nil, fmt.Errorf("%s:%d:%d: %s", file, at.Line, at.Column, shown(err.Error()))
}

// node is one at the token that comes next.
func (r *jsonReader) node() *yaml.Node {
	next := int(r.InputOffset())
	for next < len(r.text) && bytes.IndexByte([]byte(" \t\r\n,:"), r.text[next]) >= 0 {
		next++
	}
	for ; r.counted < next; r.counted++ {
		switch c := r.text[r.counted]; {
		case c == '\n':
			r.line, r.column = r.line+1, 1
		case utf8.RuneStart(c):
			r.column++
		}
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Style: yaml.DoubleQuotedStyle, Line: r.line, Column: r.column}
}

// value reads the value that comes next.
func (r *jsonReader) value() (*yaml.Node, error) {
	if r.values++; r.values > maxValues {
		return nil, fmt.Errorf("more than %d values", maxValues)
	}
	n := r.node()
	token, err := r.ReadToken()
	if err != nil {
		return nil, err
	}
	n.Value = token.String()
	switch token.Kind() {
	case '{':
		n.Kind = yaml.MappingNode
	case '[':
		n.Kind = yaml.SequenceNode
	case '"':
		n.Tag = "!!str"
		return n, nil
	case 'n':
		n.Tag = "!!null"
		return n, nil
	default: // a number, true or false
		n.Style = 0
		return n, nil
	}
	for r.PeekKind() != '}' && r.PeekKind() != ']' {
		element, err := r.value()
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, element)
	}
	_, err = r.ReadToken()
	return n, err
}
