package config

import "strings"

// MatchPattern reports whether name matches a pattern in which * is any text and ? any one byte. A star that turns out
// too short grows by one byte; the stars before it need never be looked at again. So it takes at most as many steps as
// the product of the two lengths, however many stars there are.
func MatchPattern(pattern, name string) bool {
	star, mark := -1, 0 // the last star, and where in name its text ends for now
	p, n := 0, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == name[n]):
			p++
			n++
		case star >= 0:
			mark++
			p, n = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// matchList reports whether text matches one of the patterns, and none of those with a ! in front.
func matchList(patterns []string, text string) bool {
	matched := false
	for _, pattern := range patterns {
		positive, negated := strings.CutPrefix(pattern, "!")
		if !MatchPattern(positive, text) {
			continue
		}
		if negated {
			return false
		}
		matched = true
	}
	return matched
}
