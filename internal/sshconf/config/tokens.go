package config

import (
	"cmp"
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
func expand(text string, stands tokens, variables bool) (string, error) {
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
			value, known := stands(text[i])
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

// tokens say what %X stands for, and false where that is nothing.
type tokens func(x byte) (string, bool)

// hostTokens are those of HostName.
func hostTokens(host string) tokens {
	return func(x byte) (string, bool) {
		switch x {
		case '%':
			return "%", true
		case 'h':
			return host, true
		}
		return "", false
	}
}

// tokens are those of the options that take the most of them.
func (p *pass) tokens(s Settings) tokens {
	return func(x byte) (string, bool) {
		switch x {
		case '%':
			return "%", true
		case 'C':
			sum := sha1.Sum([]byte(thisHost() + s.HostName + strconv.Itoa(s.Port) + s.User))
			return hex.EncodeToString(sum[:]), true
		case 'd':
			return p.config.source.Home, true
		case 'h':
			return s.HostName, true
		case 'i':
			return strconv.Itoa(os.Getuid()), true
		case 'j':
			return s.ProxyJump, true
		case 'k':
			return cmp.Or(s.HostKeyAlias, p.query.Host), true
		case 'L':
			short, _, _ := strings.Cut(thisHost(), ".")
			return short, true
		case 'l':
			return thisHost(), true
		case 'n':
			return p.query.Host, true
		case 'p':
			return strconv.Itoa(s.Port), true
		case 'r':
			return s.User, true
		case 'u':
			return p.config.source.LocalUser, true
		}
		return "", false
	}
}

// thisHost is the name of this machine.
func thisHost() string {
	name, _ := os.Hostname()
	return name
}

// only are those of the given names.
func (t tokens) only(names string) tokens {
	return func(x byte) (string, bool) {
		if strings.IndexByte(names, x) < 0 {
			return "", false
		}
		return t(x)
	}
}

// path expands a file name: ~, %X and variables.
func (p *pass) path(text string, stands tokens) (string, error) {
	name, err := tilde(text, p.config.source.Home)
	if err != nil {
		return "", err
	}
	return expand(name, stands, true)
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
