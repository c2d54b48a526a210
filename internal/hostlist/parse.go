package hostlist

import (
	"fmt"
	"strings"
)

// operator says what a term does to what stands left of it.
type operator byte

const (
	union operator = ','
	minus operator = '!'
)

// term is one operand of an expression with the operator in front of it.
type term struct {
	op operator
	pattern
}

// parser reads an expression from left to right:
//
//	expression = [ pattern { operator pattern } ]
//	operator   = blanks | [ blanks ] ( "," | "!" ) [ blanks ]
type parser struct {
	expr string
	pos  int
}

func parse(expr string) ([]term, error) {
	p := parser{expr: expr}
	var terms []term
	for p.blanks(); p.pos < len(expr); p.blanks() {
		op, err := p.operator(len(terms) == 0)
		if err != nil {
			return nil, err
		}
		if err := p.reserved(); err != nil {
			return nil, err
		}
		pat, err := p.pattern()
		if err != nil {
			return nil, err
		}
		terms = append(terms, term{op, pat})
	}
	return terms, nil
}

func (p *parser) blanks() {
	for p.pos < len(p.expr) && isBlank(p.expr[p.pos]) {
		p.pos++
	}
}

// operator reads the operator in front of an operand. Blanks alone, which are read already, are a union.
func (p *parser) operator(first bool) (operator, error) {
	op := operator(p.expr[p.pos])
	if op != union && op != minus {
		return union, nil
	}
	if first {
		return 0, p.fail(p.pos, fmt.Sprintf("nothing before '%c'", op), "")
	}
	at := p.pos
	p.pos++
	p.blanks()
	if p.pos == len(p.expr) || p.expr[p.pos] == byte(union) || p.expr[p.pos] == byte(minus) {
		return 0, p.fail(at, fmt.Sprintf("nothing after '%c'", op), "")
	}
	return op, nil
}

// reserved refuses what the grammar keeps for operators and operands that are not understood.
func (p *parser) reserved() error {
	switch p.expr[p.pos] {
	case '&':
		return p.fail(p.pos, "intersection (&) is not supported", "")
	case '@':
		return p.fail(p.pos, "groups (@name) are not supported", "")
	case '^':
		if p.pos > 0 {
			return p.fail(p.pos, "symmetric difference (^) is not supported", "")
		}
		return p.fail(p.pos, "files (^FILE) are not supported", "-H FILE reads one")
	}
	return nil
}

// fail makes an error about the expression as a whole.
func (p *parser) fail(offset int, reason, hint string) *Error {
	return &Error{Part: shorten(p.expr), Column: column(p.expr, offset), Reason: reason, Hint: hint}
}

const blanks = " \t\r\n"

func isBlank(c byte) bool { return strings.IndexByte(blanks, c) >= 0 }

// separates reports whether c ends an operand.
func separates(c byte) bool { return isBlank(c) || strings.IndexByte(",!&^", c) >= 0 }
