package query

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// presence is the name by which an expression asks whether another name has a value. No user can write it.
func presence(name string) string { return "?" + name }

// guard returns a condition that is true where n is, or where it is not if negated, and every name that this depends on has
// a value: each comparison asks for its own first.
func guard(n ast.Node, negated bool) ast.Node {
	switch n := n.(type) {
	case *ast.UnaryNode:
		return guard(n.Node, !negated) // of conditions there is no other
	case *ast.BinaryNode:
		if among(logical, n.Operator) {
			both := among("and &&", n.Operator) != negated
			return placed(&ast.BinaryNode{Operator: logicalName(both), Left: guard(n.Left, negated), Right: guard(n.Right, negated)}, n)
		}
	}
	names := namesIn(n)
	if negated {
		n = placed(&ast.UnaryNode{Operator: "not", Node: n}, n)
	}
	for _, name := range names {
		there := placed(&ast.IdentifierNode{Value: presence(name)}, n)
		n = placed(&ast.BinaryNode{Operator: "and", Left: there, Right: n}, n)
	}
	return n
}

func logicalName(both bool) string {
	if both {
		return "and"
	}
	return "or"
}

// namesIn lists the names that n has, but those that ask for presence.
func namesIn(n ast.Node) []string {
	var names []string
	ast.Walk(&n, visitor(func(name string) {
		if !strings.HasPrefix(name, presence("")) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}))
	return names
}
