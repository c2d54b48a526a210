package report

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"

	"muster/internal/fleet"
)

// templateFunctions are what a template may call beside Go's own.
var templateFunctions = template.FuncMap{"bytes": func(n any) string {
	if n, ok := n.(int64); ok && n >= 0 {
		return Bytes(n)
	}
	return ""
}}

// unescaped is a template with what shells leave for their commands to understand. Within actions that is Go's.
func unescaped(text string) string {
	return regexp.MustCompile(`(?s)\{\{.*?\}\}|\\[tn]`).ReplaceAllStringFunc(text, func(piece string) string {
		switch piece {
		case `\t`:
			return "\t"
		case `\n`:
			return "\n"
		}
		return piece
	})
}

// parseTemplate parses a text/template that is executed for each host, with its record's members: strings, clean, numbers
// and bools. A field that the host lacks is "".
func (o Options) parseTemplate() (*template.Template, error) {
	return template.New("template").Funcs(templateFunctions).Parse(unescaped(o.Template))
}

// checkTemplate returns an error where the template names a field that there is not, or cannot do with hosts that lack some.
func (o Options) checkTemplate() error {
	t, err := o.parseTemplate()
	if err != nil {
		return err
	}
	for _, name := range namedIn(t) {
		if _, err := o.field(name); err != nil {
			return fmt.Errorf("template: %w", err)
		}
	}
	bare, err := templateRecord(o.All(), namedIn(t), &fleet.Outcome{})
	if err != nil {
		return err
	}
	if err := t.Execute(io.Discard, bare); err != nil {
		return fmt.Errorf("of a host without readings: %w", err)
	}
	return nil
}

// namedIn lists what a template names after a dot, and the templates that it defines.
func namedIn(t *template.Template) []string {
	var names []string
	for _, defined := range t.Templates() {
		names = slices.AppendSeq(names, fieldsNamed(defined.Root))
	}
	return names
}

// fieldsNamed yields what the nodes of a template name after a dot. Values of hosts have no fields of their own.
func fieldsNamed(nodes ...parse.Node) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, node := range nodes {
			var within []parse.Node
			switch n := node.(type) {
			case *parse.FieldNode:
				if !yield(n.Ident[0]) {
					return
				}
			case *parse.VariableNode:
				if n.Ident[0] == "$" && len(n.Ident) > 1 && !yield(n.Ident[1]) {
					return
				}
			case *parse.ListNode:
				if n != nil {
					within = n.Nodes
				}
			case *parse.ActionNode:
				within = []parse.Node{n.Pipe}
			case *parse.PipeNode:
				for _, command := range n.Cmds {
					within = append(within, command.Args...)
				}
			case *parse.TemplateNode:
				if n.Pipe != nil {
					within = []parse.Node{n.Pipe}
				}
			case *parse.ChainNode:
				within = []parse.Node{n.Node}
			case *parse.IfNode:
				within = []parse.Node{n.Pipe, n.List, n.ElseList}
			case *parse.WithNode:
				within = []parse.Node{n.Pipe, n.List, n.ElseList}
			case *parse.RangeNode:
				within = []parse.Node{n.Pipe, n.List, n.ElseList}
			}
			for name := range fieldsNamed(within...) {
				if !yield(name) {
					return
				}
			}
		}
	}
}

// Template writes a line for each host, by opts.Template. What values only command together, side by side, is broken too.
func Template(w io.Writer, d *Document, opts Options) error {
	t, err := opts.parseTemplate()
	if err != nil {
		return err
	}
	hosts, _, err := opts.pick(d.Hosts)
	if err != nil {
		return err
	}
	named := namedIn(t)
	out := bufio.NewWriter(w)
	for _, h := range hosts {
		record, err := templateRecord(opts.All(), named, h)
		if err != nil {
			return fmt.Errorf("template write: %w", err)
		}
		var line strings.Builder
		if err := t.Execute(&line, record); err != nil {
			return fmt.Errorf("template write: %w", err)
		}
		out.WriteString(commands.Replace(line.String()) + "\n")
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("template write: %w", err)
	}
	return nil
}

// templateRecord is what a template sees of a host: all that it has, and "" for what else is named.
func templateRecord(fields []fleet.Field, named []string, o *fleet.Outcome) (map[string]any, error) {
	record := make(map[string]any, len(fields)+len(o.Extra))
	for _, name := range named {
		record[name] = ""
	}
	for _, f := range fields {
		switch v := f.Value(o).(type) {
		case nil:
			record[f.Name] = ""
		case string:
			record[f.Name] = within(v)
		case fleet.Text:
			text, err := v.Bytes()
			if err != nil {
				return nil, err
			}
			record[f.Name] = within(string(text))
		default:
			record[f.Name] = v
		}
	}
	for name, v := range maps.All(o.Extra) {
		record[name] = v
	}
	return record, nil
}
