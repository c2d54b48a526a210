package query

import (
	"fmt"
	"math"
	"reflect"
	"strconv"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser/lexer"

	"muster/internal/fleet"
	"muster/internal/stats"
)

// functions are those over the fleet: of the values of the hosts that have one. There is at least one.
var functions = map[string]func(values []float64) float64{
	"count": nil, // of a condition
	"sum":   sum,
	"min":   described(func(d stats.Distribution) float64 { return d.Min }),
	"max":   described(func(d stats.Distribution) float64 { return d.Max }),
	"mean":  described(func(d stats.Distribution) float64 { return d.Mean }),
	"p50":   described(func(d stats.Distribution) float64 { return d.P50 }),
	"p90":   described(func(d stats.Distribution) float64 { return d.P90 }),
	"p95":   described(func(d stats.Distribution) float64 { return d.P95 }),
	"p99":   described(func(d stats.Distribution) float64 { return d.P99 }),
}

const functionNames = "count, min, max, mean, sum, p50, p90, p95 and p99"

func described(figure func(stats.Distribution) float64) func([]float64) float64 {
	return func(values []float64) float64 {
		d, _ := stats.Describe(values)
		return figure(d)
	}
}

func sum(values []float64) (total float64) {
	for _, v := range values {
		total += v
	}
	return total
}

// function is one call of a function over the fleet.
type function struct {
	name     string
	text     string // the call, as the user wrote it
	slot     string // the name that stands for it
	argument program
}

// call takes a call out of the expression, and returns the name that stands for what it comes to.
func (r *reader) call(n *ast.CallNode) (ast.Node, error) {
	at := n.Location().From
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return nil, mistakef(at, "there are no calls but of %s", functionNames)
	}
	if _, known := functions[callee.Value]; !known {
		return nil, mistakef(at, "unknown function %q: there are %s", callee.Value, functionNames)
	}
	if len(n.Arguments) != 1 {
		return nil, mistakef(at, "%s takes one thing: p95(load1_per_cpu), count(status != \"ok\")", callee.Value)
	}
	r.depth++
	argument, err := r.read(n.Arguments[0])
	r.depth--
	if err != nil {
		return nil, err
	}
	kind := reflect.Float64
	if callee.Value == "count" {
		kind = reflect.Bool
	}
	f := function{name: callee.Value, text: r.callText(at), slot: "#" + strconv.Itoa(len(r.functions))}
	if f.argument, err = r.compile(argument, kind); err != nil {
		return nil, err
	}
	r.functions = append(r.functions, f)
	r.define(f.slot, 0.0)
	return placed(&ast.IdentifierNode{Value: f.slot}, n), nil
}

// callText is the text of the call that begins at a place, up to its closing bracket.
func (r *reader) callText(at int) string {
	open := 0
	for _, token := range r.tokens {
		switch {
		case token.From < at:
		case token.Is(lexer.Bracket, "("):
			open++
		case token.Is(lexer.Bracket, ")"):
			if open--; open == 0 {
				return string(r.text[at:token.To])
			}
		}
	}
	return string(r.text[at:])
}

// over returns what the function comes to over hosts; false: nothing, because no host has a value.
func (f function) over(e *evaluation, hosts []*fleet.Outcome) (float64, bool, error) {
	if f.name == "count" {
		found, err := e.matching(f.argument, hosts)
		return float64(len(found)), true, err
	}
	var values []float64
	for _, h := range hosts {
		value, ok, err := e.number(f.argument, h)
		if err != nil {
			return 0, false, fmt.Errorf("host %s: %w", h.Host, err)
		}
		if ok {
			values = append(values, value)
		}
	}
	if len(values) == 0 {
		return 0, false, nil
	}
	value := functions[f.name](values)
	return value, finite(value), nil
}

// finite reports whether x is a number that may be told: a division by zero is none.
func finite(x float64) bool { return !math.IsInf(x, 0) && !math.IsNaN(x) }
