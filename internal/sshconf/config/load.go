package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"muster/internal/durable"
)

const (
	maxDepth = 16       // of includes, as in ssh
	maxFiles = 1000     // in all
	maxFile  = 16 << 20 // bytes
	maxLine  = 64 << 10 // bytes
)

// file is what one file says.
type file struct {
	name  string
	lines []line
}

// line is one that is not empty.
type line struct {
	number  int
	keyword string // in lower case
	args    []string
	rest    string       // all that stands behind the keyword, as it is
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
	ignore []string // patterns of IgnoreUnknown
}

// load reads a file; nil, without an error, if it is missing and need not be there.
func (l *loader) load(name string, at place, depth int, must bool) (*file, error) {
	if l.files++; l.files > maxFiles {
		return nil, &Error{File: name, Reason: fmt.Sprintf("more than %d files are included", maxFiles)}
	}
	data, err := read(name)
	if errors.Is(err, fs.ErrNotExist) && !must {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f := &file{name: name}
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
func read(name string) ([]byte, error) {
	if name == os.DevNull {
		return nil, nil
	}
	f, err := durable.OpenRegular(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if ok && owner.Uid != 0 && int(owner.Uid) != os.Getuid() {
		return nil, &Error{File: name, Reason: "it belongs to somebody else, who might have you run anything"}
	}
	if mode := info.Mode().Perm(); mode&0o022 != 0 {
		return nil, &Error{
			File: name, Reason: fmt.Sprintf("permissions %04o: others may write to it, and have you run anything", mode),
			Advice: "chmod go-w " + name,
		}
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = &Error{File: name, Reason: fmt.Sprintf("more than %d bytes", maxFile)}
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
	n.option = options[n.keyword]
	if n.option != nil && n.option.alias != "" {
		n.keyword = n.option.alias
		n.option = options[n.keyword]
	}
	raw := n.option != nil && n.option.raw
	if !raw {
		if n.args, err = words(rest); err != nil {
			return bad("%s: %v", keyword, err)
		}
	}
	switch {
	case n.keyword == "include":
		n.include, err = l.include(f, n, at, depth)
	case n.keyword == "host":
		if len(n.args) == 0 {
			err = bad("Host: no pattern")
		}
	case n.keyword == "match":
		n.match, err = match(f, n)
		if slices.ContainsFunc(n.match, func(c criterion) bool { return c.kind == "exec" }) && l.config.exec == nil {
			l.config.exec = &Error{File: f.name, Line: number, Reason: "Match exec runs a command, which --no-local-commands refuses"}
		}
	case n.keyword == "ignoreunknown":
		l.ignore = append(l.ignore, strings.Split(strings.Join(n.args, ","), ",")...)
		return nil
	case n.option == nil:
		if !slices.ContainsFunc(l.ignore, func(p string) bool { return MatchPattern(strings.ToLower(p), n.keyword) }) {
			l.config.note(&Error{File: f.name, Line: number, Reason: fmt.Sprintf("%.40q is no option that is known here, and ignored", keyword)})
		}
		return nil
	default:
		err = l.option(f, &n, keyword)
	}
	f.lines = append(f.lines, n)
	return err
}

// include loads what an Include names. Patterns that match nothing are no error.
func (l *loader) include(f *file, n line, at place, depth int) ([]*file, error) {
	if len(n.args) == 0 {
		return nil, &Error{File: f.name, Line: n.number, Reason: "Include: no file"}
	}
	if depth == maxDepth {
		return nil, &Error{File: f.name, Line: n.number, Reason: fmt.Sprintf("more than %d files include each other", maxDepth)}
	}
	var all []*file
	for _, pattern := range n.args {
		switch {
		case strings.HasPrefix(pattern, "~") && at.system:
			return nil, &Error{File: f.name, Line: n.number, Reason: "Include: there is no ~ for all users"}
		case strings.HasPrefix(pattern, "~/"):
			pattern = l.config.source.Home + pattern[1:]
		case strings.HasPrefix(pattern, "~"):
			return nil, &Error{File: f.name, Line: n.number, Reason: "Include: only ~/ stands for a home here"}
		case !filepath.IsAbs(pattern):
			pattern = at.base + "/" + pattern
		}
		names, err := filepath.Glob(pattern)
		if err != nil {
			return nil, &Error{File: f.name, Line: n.number, Reason: fmt.Sprintf("Include: %v", err)}
		}
		for _, name := range names {
			included, err := l.load(name, at, depth+1, false)
			if err != nil {
				return nil, err
			}
			if included != nil {
				all = append(all, included)
			}
		}
	}
	return all, nil
}
