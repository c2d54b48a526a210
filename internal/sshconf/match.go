package sshconf

import (
	"crypto/hmac"
	"crypto/sha1"
	"strings"
)

// hashedName is a name that is hidden.
type hashedName struct{ salt, hash []byte }

func (h hashedName) matches(name string) bool {
	mac := hmac.New(sha1.New, h.salt)
	mac.Write([]byte(name))
	return hmac.Equal(mac.Sum(nil), h.hash)
}

func (h hashedName) ends() []string { return []string{""} }

// patterns stand for all names that match one of them and none of the negated ones.
type patterns []pattern

// pattern has * and ? in it.
type pattern struct {
	text    string
	end     string // what follows the last of those: most names that do not match end otherwise
	negated bool   // by a ! in front
}

func newPatterns(words []string) patterns {
	p := make(patterns, len(words))
	for i, word := range words {
		text, negated := strings.CutPrefix(word, "!")
		p[i] = pattern{text: text, end: text[strings.LastIndexAny(text, "*?")+1:], negated: negated}
	}
	return p
}

func (p patterns) matches(name string) bool {
	matched := false
	for _, pattern := range p {
		if !strings.HasSuffix(name, pattern.end) || !matchPattern(pattern.text, name) {
			continue
		}
		if pattern.negated {
			return false
		}
		matched = true
	}
	return matched
}

func (p patterns) ends() []string {
	var ends []string
	for _, pattern := range p {
		if !pattern.negated {
			ends = append(ends, pattern.end)
		}
	}
	return ends
}

// matchPattern reports whether name matches a pattern in which * is any text and ? any one byte. A star that turns out
// too short grows by one byte; the stars before it need never be looked at again. So it takes at most as many steps as
// the product of the two lengths, however many stars there are.
func matchPattern(pattern, name string) bool {
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
