package inventory

import "strings"

// shellWord is a word without its quotes, and the offset at which it begins.
type shellWord struct {
	text  string
	start int
}

// shellWords splits a line that is not blank as Python's shlex does, which Ansible uses: quotes, backslashes, and comments
// wherever a '#' is not quoted.
func shellWords(line string) (words []shellWord, problem string) {
	var word []byte
	inside, start := false, 0
	end := func() {
		if inside {
			words = append(words, shellWord{string(word), start})
		}
		word, inside = nil, false
	}
	for i := 0; i < len(line); i++ {
		c := line[i]
		if strings.IndexByte(" \t\r\n", c) >= 0 {
			end()
			continue
		}
		if c == '#' {
			break
		}
		if !inside {
			inside, start = true, i
		}
		switch c {
		case '\\':
			if i++; i == len(line) {
				return nil, "nothing behind the backslash"
			}
			word = append(word, line[i])
		case '\'', '"':
			text, n := quoted(line[i:])
			if n == 0 {
				return nil, "a quote is not closed"
			}
			word = append(word, text...)
			i += n - 1
		default:
			word = append(word, c)
		}
	}
	end()
	return words, ""
}

// quoted reads what stands in quotes at the beginning of text, and its length with them; 0: they are not closed. Within
// double ones a backslash quotes another, or a double quote.
func quoted(text string) (inside []byte, length int) {
	quote := text[0]
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == quote:
			return inside, i + 1
		case c == '\\' && quote == '"' && i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\'):
			i++
			inside = append(inside, text[i])
		default:
			inside = append(inside, c)
		}
	}
	return nil, 0
}
