package query

import (
	"reflect"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser/lexer"

	"muster/internal/fleet"
)

// reader goes through what was parsed. It refuses what is not of our language, which is smaller than the library's, and
// makes numbers of all numbers, sizes among them, and a name of each call.
type reader struct {
	text    []rune // as the user wrote it
	source  file.Source
	tokens  []lexer.Token
	fields  []fleet.Field
	open    bool
	factors map[int]float64 // of sizes, by where they begin

	types     map[string]any // an example of the value of each name found
	known     map[string]fleet.Field
	functions []function
	depth     int  // how many functions this is inside of
	bare      bool // a field was found outside of all
	unchecked []string
}

const (
	logical    = "and && or ||"
	comparing  = "== != < <= > >= in contains startsWith endsWith matches"
	arithmetic = "+ - * /"
)

func among(list, operator string) bool { return slices.Contains(strings.Fields(list), operator) }

// read returns the node that stands for n.
func (r *reader) read(n ast.Node) (ast.Node, error) {
	switch n := n.(type) {
	case *ast.BoolNode, *ast.StringNode:
		return n, nil
	case *ast.IntegerNode:
		return r.number(n, float64(n.Value)), nil
	case *ast.FloatNode:
		return r.number(n, n.Value), nil
	case *ast.IdentifierNode:
		return n, r.name(n)
	case *ast.CallNode:
		return r.call(n)
	case *ast.UnaryNode:
		var err error
		n.Node, err = r.read(n.Node)
		return n, err
	case *ast.BinaryNode:
		return r.binary(n)
	case *ast.NilNode:
		return nil, mistakef(n.Location().From, "nil is for asking whether there is a value: FIELD == nil, FIELD != nil")
	case *ast.BuiltinNode:
		return nil, mistakef(n.Location().From, "unknown function %q: there are %s", n.Name, functionNames)
	}
	return nil, mistakef(n.Location().From, "conditions are made of fields, numbers, sizes, strings, comparisons, and, or, not, + - * /, and %s", functionNames)
}

func (r *reader) number(n ast.Node, value float64) ast.Node {
	if factor, ok := r.factors[n.Location().From]; ok {
		value *= factor
	}
	return placed(&ast.FloatNode{Value: value}, n)
}

// name takes note of a field.
func (r *reader) name(n *ast.IdentifierNode) error {
	f, ok := fleet.FindField(r.fields, n.Value)
	switch {
	case ok:
	case r.open && n.Value != "$env": // which is all names, to the library
		f = fleet.ExtraField(n.Value)
		if !slices.Contains(r.unchecked, n.Value) {
			r.unchecked = append(r.unchecked, n.Value)
		}
	default:
		return mistakef(n.Location().From, "unknown field %q: did you mean %s?", n.Value, fleet.Nearest(r.fields, n.Value).Name)
	}
	r.known[n.Value] = f
	r.define(n.Value, exampleOf(f))
	r.bare = r.bare || r.depth == 0
	return nil
}

// define makes a name known, and another by which to ask whether it has a value.
func (r *reader) define(name string, example any) {
	r.types[name], r.types[presence(name)] = example, false
}

func (r *reader) binary(n *ast.BinaryNode) (_ ast.Node, err error) {
	at := n.Location().From
	_, list := n.Right.(*ast.ArrayNode)
	_, text := n.Right.(*ast.StringNode)
	switch {
	case !among(logical+" "+comparing+" "+arithmetic, n.Operator):
		return nil, mistakef(at, "there is no operator %s here", n.Operator)
	case n.Operator == "in" && !list:
		return nil, mistakef(at, `in is for a list: status in ["ok", "exit"]`)
	case n.Operator == "matches" && !text:
		return nil, mistakef(at, `matches is for a regular expression: host matches "^web"`)
	case isNil(n.Right) && among("== !=", n.Operator):
		return r.asksPresence(n, n.Left)
	case isNil(n.Left) && among("== !=", n.Operator):
		return r.asksPresence(n, n.Right)
	}
	if n.Left, err = r.read(n.Left); err != nil {
		return nil, err
	}
	if n.Operator == "in" {
		return n, r.list(n.Right.(*ast.ArrayNode))
	}
	n.Right, err = r.read(n.Right)
	return n, err
}

func isNil(n ast.Node) bool {
	_, is := n.(*ast.NilNode)
	return is
}

// asksPresence reads what asks whether of has a value.
func (r *reader) asksPresence(n *ast.BinaryNode, of ast.Node) (ast.Node, error) {
	of, err := r.read(of)
	if err != nil {
		return nil, err
	}
	named, ok := of.(*ast.IdentifierNode)
	if !ok {
		return nil, mistakef(n.Location().From, "nil is for asking whether there is a value: FIELD == nil, FIELD != nil")
	}
	there := placed(&ast.IdentifierNode{Value: presence(named.Value)}, named)
	if n.Operator == "!=" {
		return there, nil
	}
	return placed(&ast.UnaryNode{Operator: "not", Node: there}, n), nil
}

// list reads the literals of a list.
func (r *reader) list(n *ast.ArrayNode) error {
	for i, element := range n.Nodes {
		switch element.(type) {
		case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		default:
			return mistakef(element.Location().From, "a list has strings, numbers and sizes only")
		}
		n.Nodes[i], _ = r.read(element)
	}
	return nil
}

// fieldsOf lists the fields that are read for n.
func (r *reader) fieldsOf(n ast.Node) []fleet.Field {
	var fields []fleet.Field
	ast.Walk(&n, visitor(func(name string) {
		f, is := r.known[strings.TrimPrefix(name, presence(""))]
		if is && !slices.ContainsFunc(fields, func(g fleet.Field) bool { return g.Name == f.Name }) {
			fields = append(fields, f)
		}
	}))
	return fields
}

// visitor is told of each name.
type visitor func(name string)

func (v visitor) Visit(n *ast.Node) {
	if named, ok := (*n).(*ast.IdentifierNode); ok {
		v(named.Value)
	}
}

// placed puts a node where another one was.
func placed[N ast.Node](n N, at ast.Node) N {
	n.SetLocation(at.Location())
	return n
}

// exampleOf is a value of a field, as expressions see it: a float64, a string or a bool.
func exampleOf(f fleet.Field) any {
	switch t := f.Type(); {
	case t.Kind() == reflect.Bool:
		return false
	case t.Kind() == reflect.String, t == timeType, f.Text():
		return ""
	}
	return 0.0
}
