package hostlist

import "strings"

// mend guesses what a refused range was meant to be. It returns "" where nothing sensible comes to mind.
func mend(text string) string {
	low, rest, colon := strings.Cut(text, ":")
	if high, step, ok := strings.Cut(rest, ":"); colon && ok {
		return checked(low + "-" + high + "/" + step)
	}
	text = strings.NewReplacer("..", "-", ":", "-", "\u2013", "-", "\u2212", "-").Replace(text)
	low, high, ranged := strings.Cut(text, "-")
	high, step, stepped := strings.Cut(high, "/")
	if !ranged || !isNumber(low) || !isNumber(high) || max(len(low), len(high)) > maxDigits {
		return ""
	}
	if isPadded(low) || isPadded(high) {
		width := max(len(low), len(high))
		low, high = pad(low, width), pad(high, width)
	}
	if number(low) > number(high) {
		low, high = high, low
	}
	if stepped {
		high += "/" + step
	}
	return checked(low + "-" + high)
}

// checked gives text back if it is a range, else "".
func checked(text string) string {
	if _, problem := parseSpan(text); problem != "" {
		return ""
	}
	return text
}

func pad(digits string, width int) string {
	return strings.Repeat("0", width-len(digits)) + digits
}

// unbrace turns a shell's brace expansion of numbers into ranges.
func unbrace(text string) string {
	open := strings.IndexByte(text, '{')
	size := strings.IndexByte(text, '}') - open
	if open < 0 || size < 2 {
		return ""
	}
	inside := strings.ReplaceAll(text[open+1:open+size], "..", "-")
	if strings.Trim(inside, "0123456789,-") != "" {
		return ""
	}
	return text[:open] + "[" + inside + "]" + text[open+size+1:]
}
