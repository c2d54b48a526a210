package simulate

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"muster/internal/procfs"
)

// stdio is what a command has to do with.
type stdio struct {
	in       io.Reader
	out, err io.Writer
	gone     <-chan struct{} // closed when nobody waits for the command any more
}

// shell is that of a healthy host. It runs one of a few commands, and returns the status that one ends with.
func (f *Fleet) shell(i int, line string, std stdio) uint32 {
	if sentinel, ok := procfs.Sentinel(line); ok {
		r := f.reading(i)
		if procfs.AsksCPU(line) {
			r.CPU = f.ticks(r)
		}
		std.out.Write(procfs.Format(r, sentinel, time.Now()))
		return 0
	}
	args, ok := words(line)
	if !ok {
		fmt.Fprintln(std.err, "sh: syntax error: unterminated quoted string")
		return 2
	}
	return f.run(i, args, std)
}

// run runs a command by its words.
func (f *Fleet) run(i int, args []string, std stdio) uint32 {
	if len(args) == 0 {
		return 0
	}
	switch name, args := args[0], args[1:]; name {
	case "sudo":
		return f.sudo(i, args, std)
	case "sh":
		return f.nested(i, args, std)
	case "sleep":
		return f.sleepFor(args, std)
	case "hostname":
		fmt.Fprintln(std.out, f.sockets.addresses[i].Addr())
		return 0
	default:
		program := programs()[name]
		if program == nil {
			fmt.Fprintf(std.err, "sh: %s: not found\n", name)
			return 127
		}
		return program(args, f.reading(i), std)
	}
}

// sleepFor is the command sleep.
func (f *Fleet) sleepFor(args []string, std stdio) uint32 {
	seconds, err := strconv.ParseFloat(strings.Join(args, " "), 64)
	if err != nil || !(seconds >= 0 && seconds <= 1e9) {
		return usage(std, "sleep SECONDS")
	}
	if !f.pause(time.Duration(seconds*float64(time.Second)), std.gone) {
		return 1
	}
	return 0
}

// words splits a line as a POSIX shell does where it has no more than words, blanks, and single quotes, double quotes
// and backslashes.
func words(line string) (all []string, ok bool) {
	var word []byte
	var quote byte
	begun := false
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == quote && quote != 0:
			quote = 0
			continue
		case quote == 0 && (c == '\'' || c == '"'):
			quote, begun = c, true
			continue
		case quote == 0 && (c == ' ' || c == '\t' || c == '\n'):
			if begun {
				all, word, begun = append(all, string(word)), nil, false
			}
			continue
		case quote != '\'' && c == '\\' && i+1 < len(line):
			i++
			c = line[i]
		}
		word, begun = append(word, c), true
	}
	if begun {
		all = append(all, string(word))
	}
	return all, quote == 0
}
