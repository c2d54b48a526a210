package wire

import (
	"encoding/base64"
	"fmt"
	"slices"
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

// EncodeUp returns the line of one up-frame. Text from hosts is made valid UTF-8, and the error of an outcome or of a
// group shortened until the frame fits MaxUp; a frame that cannot be made to fit is an error.
func EncodeUp(u Up) ([]byte, error) {
	line, err := encode(u, MaxUp)
	if err == nil { // mostly there is nothing to mend
		return line, nil
	}
	var text *string // what may be shortened
	switch {
	case u.Outcome != nil:
		o := *u.Outcome
		for _, s := range []*string{&o.Error, &o.Address, &o.Hop, &o.OS, &o.Kernel, &o.BootID, &o.Signal} {
			*s = valid(*s)
		}
		u.Outcome, text = &o, &o.Error
	case u.Group != nil:
		g := *u.Group
		g.Error, g.Signal, g.Doubt = valid(g.Error), valid(g.Signal), valid(g.Doubt)
		u.Group, text = &g, &g.Error
	case u.Hello != nil:
		h := *u.Hello
		h.Node = valid(h.Node) // a machine may have any name
		u.Hello, text = &h, &h.Node
	default:
		return nil, err
	}
	for {
		line, err := encode(u, MaxUp)
		if err == nil || *text == "" {
			return line, err
		}
		*text = shorten(*text)
	}
}

// EncodeDown returns the line of one down-frame. A frame over MaxDown is an error.
func EncodeDown(d Down) ([]byte, error) { return encode(d, MaxDown, inClear) }

// EncodeHosts returns the lines that carry hosts, in order, as many as MaxDown asks for. A host whose pins, and
// those of its jump hosts, are too many for a line goes without them: its worker asks about their keys.
func EncodeHosts(hosts []fleet.Host) ([][]byte, error) {
	line, err := EncodeDown(Down{Hosts: &Hosts{Hosts: hosts}})
	switch {
	case err == nil:
		return [][]byte{line}, nil
	case len(hosts) == 1 && pinned(hosts[0]):
		return EncodeHosts([]fleet.Host{unpinned(hosts[0])})
	case len(hosts) < 2:
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

// pinned reports whether the host, or a jump host on the way to it, has pins.
func pinned(h fleet.Host) bool { return h.Way().Pins != nil || h.Via() != nil && pinned(*h.Via()) }

// unpinned is h without those.
func unpinned(h fleet.Host) fleet.Host {
	w := h.Way()
	w.Pins = nil
	if w.Via != nil {
		w.Via = new(unpinned(*w.Via))
	}
	return h.Along(w)
}

// EncodeItems returns the lines that carry items, which get the numbers first, first+1, … in their order. None of them
// may have a newline, or more than MaxItem bytes.
func EncodeItems(first int, items []string) ([][]byte, error) {
	var lines [][]byte
	var batch []byte
	begin := first
	for i, item := range items {
		batch = append(append(batch, item...), '\n')
		if i+1 < len(items) && len(batch)+len(items[i+1]) < MaxItem {
			continue
		}
		line, err := EncodeDown(Down{Items: &Items{First: begin, Lines: batch}})
		if err != nil {
			return nil, err
		}
		lines, batch, begin = append(lines, line), batch[:0], first+i+1
	}
	return lines, nil
}

// EncodeInput returns the lines that carry what each host's command reads.
func EncodeInput(data []byte) ([][]byte, error) {
	var lines [][]byte
	for part := range slices.Chunk(data, MaxItem) {
		line, err := EncodeDown(Down{Input: &Input{Data: part}})
		if err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	return lines, nil
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
