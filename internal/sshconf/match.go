package sshconf

import (
	"crypto/hmac"
	"crypto/sha1"
	"strings"

	"muster/internal/sshconf/config"
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
		if !strings.HasSuffix(name, pattern.end) || !config.MatchPattern(pattern.text, name) {
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
