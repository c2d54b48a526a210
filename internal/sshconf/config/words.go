package config

import (
	"errors"
	"strings"
)

const blanks = " \t\r\n\f"

var errQuotes = errors.New("a quote is not closed")

// cutKeyword cuts the first word off a line, and what may stand between it and its value: blanks, and one =.
func cutKeyword(line string) (keyword, rest string) {
	line = strings.Trim(line, blanks)
	end := strings.IndexAny(line, blanks+"=\"")
	if end < 0 {
		return line, ""
	}
	if line[end] == '"' { // "Keyword" value: the quotes do not count
		if end > 0 {
			return line[:end], line[end:]
		}
		word, rest, closed := strings.Cut(line[1:], `"`)
		if !closed {
			return "", ""
		}
		return word, strings.TrimLeft(rest, blanks)
	}
	keyword, rest = line[:end], strings.TrimLeft(line[end:], blanks)
	if after, found := strings.CutPrefix(rest, "="); found {
		rest = strings.TrimLeft(after, blanks)
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
