package query

import (
	"errors"
	"fmt"
	"strings"

	"github.com/expr-lang/expr/file"
)

// mistake is what is wrong with an expression, and where.
type mistake struct {
	at   int // runes before it
	text string
}

func mistakef(at int, format string, args ...any) error {
	return mistake{at, fmt.Sprintf(format, args...)}
}

func (m mistake) Error() string { return fmt.Sprintf("column %d: %s", m.at+1, m.text) }

// plainly returns an error of the library in one line, in words of ours.
func plainly(err error) error {
	var found *file.Error
	if !errors.As(err, &found) {
		return err
	}
	text, _, _ := strings.Cut(found.Message, "\n")
	return mistake{found.From, strings.ReplaceAll(text, "float64", "number")}
}
