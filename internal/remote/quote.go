package remote

import "strings"

// plainBytes are those that no shell treats as anything but themselves, wherever they stand in a word.
const plainBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/.,:@+-"

// Quote writes text as one word of a command line, the same for sh, dash, bash, BusyBox, zsh, fish, csh and tcsh: a user
// may have any of them as login shell. What is not plain has a backslash before it; inside quotes, csh would still see
// an exclamation mark, and fish a backslash. A newline stands in single quotes, as a backslash would join lines; csh and
// tcsh take no newline at all. No shell takes a NUL.
func Quote(text string) string {
	if text == "" {
		return "''"
	}
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\n':
			b.WriteString("'\n'")
		case c >= 0x80 || strings.IndexByte(plainBytes, c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteByte('\\')
			b.WriteByte(c)
		}
	}
	return b.String()
}
