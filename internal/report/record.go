package report

import (
	"bytes"
	"io"
	"maps"
	"slices"
	"unicode/utf8"

	"muster/internal/fleet"
)

// member is one that a record has beside those of its struct: a number, or a text in bytes.
type member struct {
	name  string
	value any
}

// writeOutcome writes the record of o, with what it holds apart.
func writeOutcome(w io.Writer, o *fleet.Outcome) error {
	members, err := textMembers(o.Stdout, o.Stderr)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(o.Extra)) {
		members = append(members, member{name, o.Extra[name]})
	}
	return writeRecord(w, o, members)
}

func writeGroupRecord(w io.Writer, g Group) error {
	members, err := textMembers(g.Stdout, g.Stderr)
	if err != nil {
		return err
	}
	return writeRecord(w, g, members)
}

func textMembers(stdout, stderr fleet.Text) (members []member, err error) {
	for _, stream := range []struct {
		name string
		text fleet.Text
	}{{"stdout", stdout}, {"stderr", stderr}} {
		if stream.text == nil {
			continue
		}
		text, err := stream.text.Bytes()
		if err != nil {
			return nil, err
		}
		members = append(members, member{stream.name, text})
	}
	return members, nil
}

// writeRecord writes v, a struct with at least one member, and these members.
func writeRecord(w io.Writer, v any, members []member) error {
	var buf bytes.Buffer
	if err := encode(&buf, v); err != nil {
		return err
	}
	buf.Truncate(buf.Len() - len("}"))
	for _, m := range members {
		buf.WriteByte(',')
		if err := encode(&buf, m.name); err != nil {
			return err
		}
		buf.WriteByte(':')
		text, isText := m.value.([]byte)
		if !isText {
			if err := encode(&buf, m.value); err != nil {
				return err
			}
			continue
		}
		if _, err := buf.WriteTo(w); err != nil {
			return err
		}
		if err := writeString(w, text); err != nil {
			return err
		}
	}
	buf.WriteByte('}')
	_, err := buf.WriteTo(w)
	return err
}

// maxPiece is how many bytes of a long text are encoded at a time: what is hostile takes six times the memory in json.
const maxPiece = 16 << 10

// writeString writes a text as one json string, a piece at a time.
func writeString(w io.Writer, text []byte) error {
	var buf bytes.Buffer
	buf.WriteByte('"')
	for len(text) > 0 {
		piece := text[:wholeRunes(text, maxPiece)]
		text = text[len(piece):]
		begin := buf.Len()
		if err := encode(&buf, string(piece)); err != nil {
			return err
		}
		inner := buf.Bytes()[begin:]
		copy(inner, inner[len(`"`):])
		buf.Truncate(buf.Len() - len(`""`))
		if _, err := buf.WriteTo(w); err != nil {
			return err
		}
	}
	buf.WriteByte('"')
	_, err := buf.WriteTo(w)
	return err
}

// wholeRunes returns how many bytes of text, no more than most, can be cut off without cutting a rune, or what a CI system
// would act on.
func wholeRunes(text []byte, most int) int {
	if len(text) <= most {
		return len(text)
	}
	n := most
	for ; n > most-utf8.UTFMax && !utf8.RuneStart(text[n]); n-- {
	}
	const command = len("##teamcity[")
	if i := bytes.LastIndex(text[n-command:n], []byte("##")); i > 0 {
		return n - command + i
	}
	return n
}
