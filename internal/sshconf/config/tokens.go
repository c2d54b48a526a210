package config

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// expandPercent replaces %X by what it stands for, and leaves what stands for nothing as it is.
func expandPercent(text string, tokens map[byte]string) string {
	if !strings.Contains(text, "%") {
		return text
	}
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+1 < len(text) {
			if text[i+1] == '%' {
				out.WriteByte('%')
				i++
				continue
			}
			if value, known := tokens[text[i+1]]; known {
				out.WriteString(value)
				i++
				continue
			}
		}
		out.WriteByte(text[i])
	}
	return out.String()
}

// literal is what expandPercent makes text of.
func literal(text string) string { return strings.ReplaceAll(text, "%", "%%") }

// checkPercent refuses a % that stands for nothing.
func checkPercent(text string, tokens map[byte]string) error {
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			continue
		}
		if i++; i == len(text) {
			return fmt.Errorf("a %% at the end of %.40q", text)
		}
		if _, known := tokens[text[i]]; !known && text[i] != '%' {
			return fmt.Errorf("%%%c in %.40q stands for nothing that is known here", text[i], text)
		}
	}
	return nil
}

// expandEnv replaces ${NAME} by the value of a variable, which must be set.
func expandEnv(text string) (string, error) {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, "${")
		out.WriteString(before)
		if !found {
			return out.String(), nil
		}
		name, rest, closed := strings.Cut(after, "}")
		value, set := os.LookupEnv(name)
		if !closed || !set {
			return "", fmt.Errorf("${%.40s: no such variable", after)
		}
		out.WriteString(value)
		text = rest
	}
}

// tokens are what %X stands for in the options that take the most of them.
func (p *pass) tokens(s Settings) map[byte]string {
	full, _ := os.Hostname()
	short, _, _ := strings.Cut(full, ".")
	port := strconv.Itoa(s.Port)
	key := p.query.Host
	if s.HostKeyAlias != "" {
		key = s.HostKeyAlias
	}
	jump := s.ProxyJump
	sum := sha1.Sum([]byte(full + s.HostName + port + s.User))
	return map[byte]string{
		'C': hex.EncodeToString(sum[:]), 'd': p.config.source.Home, 'h': s.HostName, 'i': strconv.Itoa(os.Getuid()), 'j': jump, 'k': key,
		'L': short, 'l': full, 'n': p.query.Host, 'p': port, 'r': s.User, 'u': p.config.source.LocalUser,
	}
}

// path expands a file name: variables, %X and ~/.
func (p *pass) path(text string, tokens map[byte]string) (string, error) {
	text, err := expandEnv(text)
	if err != nil {
		return "", err
	}
	if err := checkPercent(text, tokens); err != nil {
		return "", err
	}
	return p.home(expandPercent(text, tokens)), nil
}

// home replaces ~ at the beginning.
func (p *pass) home(text string) string {
	if text == "~" || strings.HasPrefix(text, "~/") {
		return strings.TrimSuffix(p.config.source.Home, "/") + text[1:]
	}
	return text
}
