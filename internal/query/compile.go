package query

import (
	"fmt"
	"reflect"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/parser/lexer"
	"github.com/expr-lang/expr/vm"

	"muster/internal/fleet"
)

// What bounds an expression.
const (
	mostText   = 4096    // bytes
	mostNodes  = 500     // operators, names and literals
	mostMemory = 1 << 16 // elements of arrays, in one evaluation
)

// program is an expression over one host, and over what functions of the fleet came to.
type program struct {
	code   *vm.Program
	reads  []fleet.Field
	wanted []string // names without which it has no value; none: it is a condition, which sees to that itself
}

// Compile compiles a condition over hosts that have these fields. Where open, a name may also be one that records of
// scripts bring, which are numbers. An error names the column.
func Compile(text string, fields []fleet.Field, open bool) (*Rule, error) {
	rule, err := compile(text, fields, open)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", text, err)
	}
	return rule, nil
}

func compile(text string, fields []fleet.Field, open bool) (*Rule, error) {
	if len(text) > mostText {
		return nil, fmt.Errorf("%d bytes: at most %d", len(text), mostText)
	}
	plain, factors, err := withoutUnits(text)
	if err != nil {
		return nil, err
	}
	r := &reader{text: []rune(text), fields: fields, open: open, factors: factors, types: map[string]any{}, known: map[string]fleet.Field{}}
	config := conf.CreateNew()
	config.MaxNodes = mostNodes
	for name := range functions { // else they are those of the library, over arrays
		config.Functions[name] = &builtin.Function{Name: name}
	}
	source := file.NewSource(plain)
	if r.tokens, err = lexer.Lex(source); err != nil {
		return nil, plainly(err)
	}
	tree, err := parser.ParseWithConfig(plain, config)
	if err != nil {
		return nil, plainly(err)
	}
	r.source = tree.Source
	root, err := r.read(tree.Node)
	if err != nil {
		return nil, err
	}
	condition, err := r.compile(root, reflect.Bool)
	if err != nil {
		return nil, err
	}
	return &Rule{text: text, functions: r.functions, condition: condition, perHost: r.bare, unchecked: r.unchecked}, nil
}

// compile compiles what was read of an expression, or of a part of it.
func (r *reader) compile(root ast.Node, kind reflect.Kind) (program, error) {
	config := conf.New(r.types)
	tree := &parser.Tree{Node: root, Source: r.source}
	found, err := checker.Check(tree, config)
	switch {
	case err != nil:
		return program{}, plainly(err)
	case found.Kind() != kind && kind == reflect.Bool:
		return program{}, mistakef(root.Location().From, "a condition is wanted, such as load1_per_cpu > 2, and this is a %s", kindName(found))
	case found.Kind() != kind:
		return program{}, mistakef(root.Location().From, "a number is wanted, and this is a %s", kindName(found))
	}
	if joined := ast.Find(root, joinsTexts); joined != nil {
		return program{}, mistakef(joined.Location().From, "+ is for numbers: texts are not joined")
	}
	p := program{reads: r.fieldsOf(root)}
	if kind == reflect.Bool {
		tree.Node = guard(root, false)
		if _, err := checker.Check(tree, config); err != nil {
			return program{}, plainly(err)
		}
	} else {
		p.wanted = namesIn(root)
	}
	p.code, err = compiler.Compile(tree, config)
	return p, err
}

// joinsTexts reports whether n, which was checked, makes a text of others: of long ones that takes what no expression is to.
func joinsTexts(n ast.Node) bool {
	sum, is := n.(*ast.BinaryNode)
	return is && sum.Operator == "+" && sum.Type().Kind() == reflect.String
}

func kindName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Float64:
		return "number"
	case reflect.Bool:
		return "condition"
	}
	return t.Kind().String()
}
