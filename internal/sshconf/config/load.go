package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"muster/internal/durable"
)

const (
	maxDepth = 16       // of includes, as in ssh
	maxFiles = 1000     // in all
	maxBytes = 16 << 20 // in all
	maxLine  = 64 << 10 // bytes
)

// line is one that is not empty.
type line struct {
	number  int
	keyword string // in lower case
	args    []string
	rest    string       // all that stands behind the keyword, as it is
	varies  bool         // only ssh can tell what it says: some versions expand it, others do not
	include []*file      // of Include
	match   []criterion  // of Match
	option  *optionClass // of all but Host, Match, Include; nil: none that is known
}

// place is where a file stands.
type place struct {
	base   string // directory of relative names in it
	system bool   // it is the machine's: it knows no ~
}

// loader reads files for a Config.
type loader struct {
	config *Config
	files  int
	bytes  int
	ignore []string // patterns of IgnoreUnknown
}

// load reads a file; nil, without an error, if it is missing and need not be there.
func (l *loader) load(name string, at place, depth int, must bool) (*file, error) {
	if l.files++; l.files > maxFiles {
		return nil, &Error{File: name, Reason: fmt.Sprintf("more than %d files are included", maxFiles)}
	}
	data, err := read(name, maxBytes-l.bytes)
	if errors.Is(err, fs.ErrNotExist) && !must {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	l.bytes += len(data)
	f := newFile(name)
	number := 0
	for text := range bytes.Lines(data) {
		number++
		if len(text) > maxLine {
			return nil, &Error{File: name, Line: number, Reason: fmt.Sprintf("a line of more than %d bytes", maxLine)}
		}
		if err := l.add(f, number, string(text), at, depth); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// read reads a file that nobody else may write to, as ssh demands of the user's own.
func read(name string, most int) ([]byte, error) {
	if name == os.DevNull {
		return nil, nil
	}
	f, err := durable.OpenOwn(name)
	if open, ok := errors.AsType[*durable.OthersMayWriteError](err); ok {
		return nil, &Error{File: name, Reason: open.Reason, Advice: open.Advice}
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	if err == nil && len(data) > most {
		err = &Error{File: name, Reason: fmt.Sprintf("with the files before it, more than %d bytes", maxBytes)}
	}
	return data, err
}

// add takes in one line.
func (l *loader) add(f *file, number int, text string, at place, depth int) (err error) {
	bad := func(format string, args ...any) error {
		return &Error{File: f.name, Line: number, Reason: fmt.Sprintf(format, args...)}
	}
	if trimmed := strings.Trim(text, blanks); trimmed == "" || trimmed[0] == '#' {
		return nil
	}
	if strings.Contains(text, "\x00") {
		return bad("a NUL byte")
	}
	keyword, rest := cutKeyword(text)
	n := line{number: number, keyword: strings.ToLower(keyword), rest: rest}
	n.option = options()[n.keyword]
	if n.option != nil && n.option.alias != "" {
		n.keyword = n.option.alias
		n.option = options()[n.keyword]
	}
	raw := n.option != nil && n.option.raw
	if !raw {
		if n.args, err = words(rest); err != nil {
			return bad("%s: %v", keyword, err)
		}
	}
	switch {
	case n.keyword == "include":
		if n.varies = slices.ContainsFunc(n.args, hasVariables); !n.varies {
			n.include, err = l.include(f, n, at, depth)
		}
	case n.keyword == "host":
		if len(n.args) == 0 || slices.Contains(n.args, "") {
			err = bad("Host: no pattern")
		}
	case n.keyword == "match":
		n.match, err = match(f, n)
		l.config.final = l.config.final || slices.ContainsFunc(n.match, func(c criterion) bool { return c.kind == "final" })
	case n.keyword == "ignoreunknown":
		l.ignore = append(l.ignore, strings.Split(strings.Join(n.args, ","), ",")...)
		return nil
	case n.option == nil:
		if l.config.unknown == nil && !slices.ContainsFunc(l.ignore, func(p string) bool { return MatchPattern(strings.ToLower(p), n.keyword) }) {
			l.config.unknown = &Error{File: f.name, Line: number, Reason: fmt.Sprintf("the option %.40q", keyword)}
		}
		return nil
	default:
		err = l.option(f, &n, keyword)
		n.varies = n.keyword == "user" && slices.ContainsFunc(n.args, hasVariables)
	}
	f.add(n)
	return err
}
