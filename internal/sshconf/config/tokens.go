package config

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"
)

// expand replaces %X by what it stands for, and, where variables are, ${NAME} by the value of one. Each must stand for
// something.
func expand(text string, tokens map[byte]string, variables bool) (string, error) {
	if !strings.ContainsAny(text, "%$") {
		return text, nil
	}
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case variables && strings.HasPrefix(text[i:], "${"):
			name, _, closed := strings.Cut(text[i+2:], "}")
			value, set := os.LookupEnv(name)
			if !closed || !set {
				return "", fmt.Errorf("${%.40s}: no such variable", name)
			}
			out.WriteString(value)
			i += len(name) + 2
		case text[i] != '%':
			out.WriteByte(text[i])
		case i+1 == len(text):
			return "", fmt.Errorf("a %% at the end of %.40q", text)
		default:
			i++
			value, known := tokens[text[i]]
			if !known {
				return "", fmt.Errorf("%%%c in %.40q stands for nothing that is known here", text[i], text)
			}
			out.WriteString(value)
		}
	}
	return out.String(), nil
}

// hasVariables reports whether some version of ssh may expand text.
func hasVariables(text string) bool {
	return strings.Contains(text, "%") || strings.Contains(text, "${")
}

// literal is what expand makes text of.
func literal(text string) string { return strings.ReplaceAll(text, "%", "%%") }

// hostTokens are what %X stands for in HostName.
func hostTokens(host string) map[byte]string { return map[byte]string{'%': "%", 'h': host} }

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
		'%': "%", 'C': hex.EncodeToString(sum[:]), 'd': p.config.source.Home, 'h': s.HostName, 'i': strconv.Itoa(os.Getuid()), 'j': jump, 'k': key,
		'L': short, 'l': full, 'n': p.query.Host, 'p': port, 'r': s.User, 'u': p.config.source.LocalUser,
	}
}

// path expands a file name: ~, %X and variables.
func (p *pass) path(text string, tokens map[byte]string) (string, error) {
	name, err := tilde(text, p.config.source.Home)
	if err != nil {
		return "", err
	}
	return expand(name, tokens, true)
}

// tilde replaces ~ or ~USER at the beginning of a file name by a home directory.
func tilde(name, home string) (string, error) {
	if !strings.HasPrefix(name, "~") {
		return name, nil
	}
	who, rest, _ := strings.Cut(name[1:], "/")
	if who != "" {
		other, err := user.Lookup(who)
		if err != nil {
			return "", err
		}
		home = other.HomeDir
	}
	return strings.TrimSuffix(home, "/") + "/" + strings.TrimLeft(rest, "/"), nil
}
