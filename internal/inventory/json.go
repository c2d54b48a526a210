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

// maxDepth is how deep the values are that anybody looks at: _meta, hostvars, a host, a variable. Those within are dropped.
const maxDepth = 4

// jsonReader makes a tree of JSON, which YAML is not quite a superset of: it has other escapes.
type jsonReader struct {
	text []byte
	*jsontext.Decoder
	line, column, counted int // where we are, of the bytes so far
}

func parseJSON(file string, text []byte) (*yaml.Node, error) {
	r := &jsonReader{text: text, line: 1, column: 1}
	r.Decoder = jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true)) // pairs refuses them
	root, err := r.value(0)
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
	at := r.node()
	return nil, fmt.Errorf("%s:%d:%d: %w", file, at.Line, at.Column, err)
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

// value reads the value that comes next, so deep within others.
func (r *jsonReader) value(depth int) (*yaml.Node, error) {
	n := r.node()
	token, err := r.ReadToken()
	if err != nil {
		return nil, err
	}
	n.Value = token.String()
	end := jsontext.EndObject.Kind()
	switch token.Kind() {
	case '"':
		n.Tag = "!!str"
		return n, nil
	case 'n':
		n.Tag = "!!null"
		return n, nil
	default:
		n.Style = 0
		return n, nil
	case '{':
		n.Kind = yaml.MappingNode
	case '[':
		n.Kind, end = yaml.SequenceNode, jsontext.EndArray.Kind()
	}
	for r.PeekKind() != end {
		if depth == maxDepth {
			if err := r.SkipValue(); err != nil {
				return nil, err
			}
			continue
		}
		element, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, element)
	}
	_, err = r.ReadToken()
	return n, err
}
