package report

import (
	"bytes"
	"maps"
	"slices"

	"muster/internal/fleet"
)

// member is one that a record has beside those of its struct.
type member struct {
	name  string
	value any
}

// encodeOutcome appends the record of o, with what it holds apart, to an empty buffer.
func encodeOutcome(buf *bytes.Buffer, o *fleet.Outcome) error {
	members, err := textMembers(o.Stdout, o.Stderr)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(o.Extra)) {
		members = append(members, member{name, o.Extra[name]})
	}
	return encodeWith(buf, o, members)
}

func encodeGroup(buf *bytes.Buffer, g Group) error {
	members, err := textMembers(g.Stdout, g.Stderr)
	if err != nil {
		return err
	}
	return encodeWith(buf, g, members)
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
		members = append(members, member{stream.name, string(text)})
	}
	return members, nil
}

// encodeWith appends v, a struct with at least one member, and these members to an empty buffer.
func encodeWith(buf *bytes.Buffer, v any, members []member) error {
	if err := encode(buf, v); err != nil || len(members) == 0 {
		return err
	}
	buf.Truncate(buf.Len() - len("}"))
	var one bytes.Buffer
	for _, m := range members {
		for _, part := range []struct {
			before string
			value  any
		}{{",", m.name}, {":", m.value}} {
			one.Reset()
			if err := encode(&one, part.value); err != nil {
				return err
			}
			buf.WriteString(part.before)
			buf.Write(one.Bytes())
		}
	}
	buf.WriteByte('}')
	return nil
}
