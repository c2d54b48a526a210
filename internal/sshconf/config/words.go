package config

import (
	"errors"
	"strings"
)

const (
	spaces = " \t\r\n"
	blanks = spaces + "\f" // at the end of a line
)

var errQuotes = errors.New("a quote is not closed")

// cutKeyword cuts the first word off a line, and what may stand between it and its value: blanks, and one =.
func cutKeyword(line string) (keyword, rest string) {
	line = strings.TrimLeft(strings.TrimRight(line, blanks), spaces)
	end := strings.IndexAny(line, spaces+"=\"")
	if end < 0 {
		return line, ""
	}
	if line[end] == '"' { // what is quoted belongs to it, and ends it
		quoted, rest, closed := strings.Cut(line[end+1:], `"`)
		if !closed {
			return "", ""
		}
		return line[:end] + quoted, strings.TrimLeft(rest, spaces)
	}
	keyword, rest = line[:end], strings.TrimLeft(line[end:], spaces)
	if after, found := strings.CutPrefix(rest, "="); found {
		rest = strings.TrimLeft(after, spaces)
	}
	return keyword, rest
}

// words splits a value into words, at blanks that are not quoted. A # at the beginning of a word begins a comment.
func words(text string) ([]string, error) {
	var all []string
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == ' ' || text[i] == '\t':
			continue
		case text[i] == '#':
			return all, nil
		}
		var word strings.Builder
		var quote byte
	word:
		for ; i < len(text); i++ {
			c := text[i]
			switch {
			case c == '\\' && i+1 < len(text) && escaped(text[i+1], quote):
				i++
				word.WriteByte(text[i])
			case quote == 0 && (c == ' ' || c == '\t'):
				break word
			case quote == 0 && (c == '"' || c == '\''):
				quote = c
			case quote != 0 && c == quote:
				quote = 0
			default:
				word.WriteByte(c)
			}
		}
		if quote != 0 {
			return nil, errQuotes
		}
		all = append(all, word.String())
	}
	return all, nil
}

// escaped reports whether a backslash before c stands for c itself.
func escaped(c, quote byte) bool {
	return c == '\'' || c == '"' || c == '\\' || quote == 0 && c == ' '
}
