package wire

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"muster/internal/fleet"
)

// inClear sends secrets as base64. Every other encoder prints them as ***.
var inClear = json.WithMarshalers(json.MarshalFunc(func(s fleet.Secret) ([]byte, error) {
	return strconv.AppendQuote(nil, base64.StdEncoding.EncodeToString(s)), nil
}))

// EncodeUp returns the line of one up-frame. Text from hosts is made valid UTF-8, and the error of an outcome shortened
// until the frame fits MaxUp; a frame that cannot be made to fit is an error.
func EncodeUp(u Up) ([]byte, error) {
	if u.Outcome != nil {
		o := *u.Outcome
		for _, text := range []*string{&o.Error, &o.Address, &o.Hop, &o.OS, &o.Kernel, &o.BootID} {
			*text = valid(*text)
		}
		u.Outcome = &o
		for {
			line, err := encode(u, MaxUp)
			if err == nil || o.Error == "" {
				return line, err
			}
			o.Error = shorten(o.Error)
		}
	}
	if u.Group != nil {
		g := *u.Group
		g.Error = valid(g.Error)
		u.Group = &g
	}
	return encode(u, MaxUp)
}

// EncodeDown returns the line of one down-frame. A frame over MaxDown is an error.
func EncodeDown(d Down) ([]byte, error) { return encode(d, MaxDown, inClear) }

// EncodeHosts returns the lines that carry hosts, as many as MaxDown asks for.
func EncodeHosts(hosts []fleet.Host) ([][]byte, error) {
	line, err := EncodeDown(Down{Hosts: &Hosts{Hosts: hosts}})
	if err == nil {
		return [][]byte{line}, nil
	}
	if len(hosts) < 2 {
		return nil, err
	}
	half := len(hosts) / 2
	first, err := EncodeHosts(hosts[:half])
	if err != nil {
		return nil, err
	}
	second, err := EncodeHosts(hosts[half:])
	return append(first, second...), err
}

func encode(frame any, limit int, options ...json.Options) ([]byte, error) {
	line, err := json.Marshal(frame, options...)
	if err != nil {
		return nil, fmt.Errorf("frame encode: %w", err)
	}
	line = append(line, '\n')
	if len(line) > limit {
		return nil, fmt.Errorf("frame encode: %d bytes, limit %d", len(line), limit)
	}
	return line, nil
}

func valid(s string) string { return strings.ToValidUTF8(s, string(utf8.RuneError)) }

func shorten(s string) string {
	s = s[:len(s)/2]
	for len(s) > 0 && !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s
}
