package hostlist

// Groups finds what a group stands for: texts that are one expression, as if commas joined them. An empty source is the
// default one; the name "*" stands for all its groups. The error is the reason, a line of printable ASCII.
type Groups func(source, name string) ([]Text, error)

// Text is an expression, or a part of one, and where it stands.
type Text struct {
	Expr   string
	Where  string // FILE:LINE; empty: in an argument
	Column int    // of its first character there; 0: 1
}

// locate moves an error about t to where t stands.
func (t *Text) locate(err *Error) *Error {
	err.Where = t.Where
	err.Column += max(t.Column, 1) - 1
	return err
}

// groupID names a group. Its source is empty where it is the default one.
type groupID struct{ source, name string }

// group is what a group stands for.
type group struct {
	terms []term
	size  sizes
	set   *hostSet // what it comes to, once somebody has asked
}

// members are the hosts of g.
func (g *group) members() (*hostSet, *Error) {
	if g.set == nil {
		var err *Error
		if g.set, err = evaluate(g.terms, g.size.added); err != nil {
			return nil, err
		}
		g.set.seen = nil // what is asked for from here on are the names
	}
	return g.set, nil
}
