package hostlist

import (
	"fmt"
	"strings"
)

// operator says what a term does to what stands left of it.
type operator byte

const (
	union  operator = ',' // what stands left, then what it does not have of the operand
	minus  operator = '!' // what stands left, less what the operand names
	common operator = '&' // what stands left, as far as the operand names it
	either operator = '^' // what stands left, less what the operand names, then the operand less what stands left
)

// term is one operand of an expression with the operator in front of it.
type term struct {
	op operator
	pattern
	text   *Text
	groups []*group // of an operand that is @name; nil: it is a pattern of hosts
}

// each calls visit with every host of t.
func (t *term) each(visit func(name string, h Host)) *Error {
	if t.groups == nil {
		if err := t.pattern.each(visit); err != nil {
			return t.text.locate(err)
		}
		return nil
	}
	for _, g := range t.groups {
		all, err := g.members()
		if err != nil {
			return err
		}
		for _, name := range all.names {
			visit(name, hostOf(name))
		}
	}
	return nil
}

// fail makes an error about t as a whole.
func (t *term) fail(reason, hint string) *Error {
	return t.text.locate(t.pattern.fail(t.start, reason, hint))
}

// parser reads an expression from left to right:
//
//	expression = [ operand { operator operand } ]
//	operand    = pattern | "@" pattern
//	operator   = blanks | [ blanks ] ( "," | "!" | "&" | "^" ) [ blanks ]
type parser struct {
	expr string
	pos  int
}

// parse reads the terms of one text. Those of groups have no groups yet.
func parse(text *Text) ([]term, *Error) {
	p := parser{expr: text.Expr}
	var terms []term
	for p.blanks(); p.pos < len(p.expr); p.blanks() {
		op, err := p.operator(len(terms) == 0)
		if err != nil {
			return nil, text.locate(err)
		}
		pat, err := p.pattern()
		if err != nil {
			return nil, text.locate(err)
		}
		terms = append(terms, term{op: op, pattern: pat, text: text})
	}
	return terms, nil
}

func (p *parser) blanks() {
	for p.pos < len(p.expr) && isBlank(p.expr[p.pos]) {
		p.pos++
	}
}

// operator reads the operator in front of an operand. Blanks alone, which are read already, are a union.
func (p *parser) operator(first bool) (operator, *Error) {
	op := operator(p.expr[p.pos])
	if !op.known() {
		return union, nil
	}
	if first {
		hint := ""
		if op == either {
			hint = "-H FILE reads a file, and so does ^FILE as an argument"
		}
		return 0, p.fail(p.pos, fmt.Sprintf("nothing before '%c'", op), hint)
	}
	at := p.pos
	p.pos++
	p.blanks()
	if p.pos == len(p.expr) || operator(p.expr[p.pos]).known() {
		return 0, p.fail(at, fmt.Sprintf("nothing after '%c'", op), "")
	}
	return op, nil
}

// isStep reports whether op needs to look at all hosts so far.
func (op operator) isStep() bool { return op == common || op == either }

func (op operator) known() bool { return op == union || op == minus || op == common || op == either }

// fail makes an error about the expression as a whole.
func (p *parser) fail(offset int, reason, hint string) *Error {
	return &Error{Part: shorten(p.expr), Column: column(p.expr, offset), Reason: reason, Hint: hint}
}

const blanks = " \t\r\n"

func isBlank(c byte) bool { return strings.IndexByte(blanks, c) >= 0 }

// separates reports whether c ends an operand.
func separates(c byte) bool { return isBlank(c) || operator(c).known() }
