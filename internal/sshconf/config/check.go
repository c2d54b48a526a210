package config

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// one checks that there is one word, and that.
func one(check func(string) error) func([]string) error {
	return func(words []string) error {
		switch {
		case len(words) == 0 || words[0] == "":
			return fmt.Errorf("no value")
		case len(words) > 1:
			return fmt.Errorf("more than one value: %.40q", words[1])
		}
		return check(words[0])
	}
}

func several(words []string) error {
	if len(words) == 0 {
		return fmt.Errorf("no value")
	}
	return nil
}

func address(word string) error {
	if _, err := netip.ParseAddr(word); err != nil {
		return fmt.Errorf("%.40q is no address; --transport openssh takes a name", word)
	}
	return nil
}

// noneAlone is several, of which "none" must be the only one.
func noneAlone(words []string) error {
	for _, word := range words {
		switch {
		case word == "":
			return fmt.Errorf("no value")
		case strings.EqualFold(word, "none") && len(words) > 1:
			return fmt.Errorf("none stands alone")
		}
	}
	return several(words)
}

func anything(string) error { return nil }

func hostName(word string) error {
	_, err := expand(word, hostTokens(""), false)
	return err
}

func of(allowed ...string) func(string) error {
	return func(word string) error {
		if !slices.Contains(allowed, strings.ToLower(word)) {
			return fmt.Errorf("%.40q is none of %s", word, strings.Join(allowed, ", "))
		}
		return nil
	}
}

var yesNo = of("yes", "no", "true", "false")

func port(word string) error {
	if n, err := strconv.Atoi(word); err != nil || n < 1 || n > 65535 {
		return fmt.Errorf("%.40q is no port", word)
	}
	return nil
}

// jumps checks jump hosts.
func jumps(word string) error {
	for jump := range strings.SplitSeq(word, ",") {
		host := strings.TrimSuffix(strings.TrimPrefix(jump, "ssh://"), "/")
		at := strings.LastIndexByte(host, '@')
		name, number := host[at+1:], ""
		if colon := strings.LastIndexByte(name, ':'); colon > strings.IndexByte(name, ']') {
			name, number = name[:colon], name[colon+1:]
		}
		if at == 0 || name == "" || number != "" && port(number) != nil {
			return fmt.Errorf("%.40q is not [USER@]HOST[:PORT]", jump)
		}
	}
	return nil
}

func number(word string) error {
	if n, err := strconv.ParseInt(word, 10, 32); err != nil || n < 0 {
		return fmt.Errorf("%.40q is no number", word)
	}
	return nil
}

func clock(word string) error {
	if word == "none" {
		return nil
	}
	_, err := duration(word)
	return err
}

// duration reads a time as ssh has it: 90, 1m30, 2h, in any case.
func duration(word string) (time.Duration, error) {
	const longest = math.MaxInt32 * time.Second
	var sum time.Duration
	for rest := word; rest != ""; {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		n, err := strconv.ParseInt(rest[:digits], 10, 32)
		if err != nil {
			return 0, fmt.Errorf("%.40q is no time", word)
		}
		unit := time.Second
		if rest = rest[digits:]; rest != "" {
			units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
			if unit = units[rest[0]|0x20]; unit == 0 {
				return 0, fmt.Errorf("%.40q is no time", word)
			}
			rest = rest[1:]
		}
		if sum += min(time.Duration(n), longest/unit+1) * unit; sum > longest {
			return 0, fmt.Errorf("%.40q is too long", word)
		}
	}
	if word == "" {
		return 0, fmt.Errorf("no value")
	}
	return sum, nil
}
