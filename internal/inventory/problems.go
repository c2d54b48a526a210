package inventory

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/go-multierror"
)

// maxProblems bounds how many problems are kept; of further ones only the number is.
const maxProblems = 10

// problems gathers what is wrong with a list.
type problems struct {
	kept multierror.Error
	more int
}

// add keeps err, unless it is nil.
func (p *problems) add(err error) {
	if err == nil {
		return
	}
	if len(p.kept.Errors) == maxProblems {
		p.more++
		return
	}
	multierror.Append(&p.kept, err)
}

// err returns all problems as one error, a line each, or nil.
func (p *problems) err() error {
	p.kept.ErrorFormat = p.format
	return p.kept.ErrorOrNil()
}

func (p *problems) format(errs []error) string {
	lines := make([]string, 0, maxProblems+1)
	for _, err := range errs {
		lines = append(lines, err.Error())
	}
	if p.more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", p.more))
	}
	return strings.Join(lines, "\n")
}

// shown is text that an error may hold: as it is where it is plain, else quoted; not all of it where it is long.
func shown(text string) string {
	const most = 60
	more := ""
	if len(text) > most {
		text, more = text[:most], "..."
	}
	if text == "" || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		text = strconv.QuoteToASCII(text)
	}
	return text + more
}
