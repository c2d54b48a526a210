package script

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"muster/internal/fleet"
	"muster/internal/wire"
)

// maxText bounds each text of a record in bytes.
const maxText = 256

// parse reads a line of a script that may be the record of a host: a json object with a host. Other lines are of no
// host. An error means that the line begins as an object and cannot be read as one.
//
// A record may have a status, phase, hop, error and address, whatever a fleet.Reading has, and any other numbers. What is
// no number, and what muster itself says of a host, is passed over, so that its own records are fit to be read. A value
// that cannot be the field's makes the host's status parse.
func parse(line []byte) (host string, o fleet.Outcome, err error) {
	line = bytes.TrimSpace(line)
	if len(line) == 0 || line[0] != '{' {
		return "", o, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	values, err := members(decoder)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return "", o, fmt.Errorf("no json object: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF { // More takes a closing bracket for the end
		return "", o, fmt.Errorf("more than one json object")
	}
	host, _ = values["host"].(string)
	if host == "" {
		return "", o, nil
	}
	delete(values, "host")
	o, err = outcome(values)
	if err != nil {
		o = fleet.Outcome{Status: fleet.StatusParse, Phase: fleet.PhaseOutput, Error: err.Error()}
	}
	o.Attempts = 1
	return host, o, nil
}

// members reads an object, none of whose names may occur twice.
func members(decoder *json.Decoder) (map[string]any, error) {
	values := map[string]any{}
	if _, err := decoder.Token(); err != nil { // its brace
		return nil, err
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		var value any
		if err := decoder.Decode(&value); err != nil {
			return nil, err
		}
		if _, twice := values[name.(string)]; twice {
			return nil, fmt.Errorf("%q is there twice", clip(name.(string)))
		}
		values[name.(string)] = value
	}
	_, err := decoder.Token()
	return values, err
}

// outcome is what a record says beside the host.
func outcome(values map[string]any) (fleet.Outcome, error) {
	o := fleet.Outcome{Status: fleet.StatusOK}
	for _, name := range slices.Sorted(maps.Keys(values)) { // the first that is wrong is always the same
		value := values[name]
		var err error
		switch text, index := verdicts[name], readings()[name]; {
		case text != nil:
			err = setText(text(&o), value)
		case index != nil:
			err = setReading(&o.Reading, index, value)
		case !fleet.IsField(name): // what muster itself says of a host is passed over
			err = setExtra(&o, name, value)
		}
		if err != nil {
			return o, fmt.Errorf("%s: %w", clip(name), err)
		}
	}
	complete(&o.Reading)
	if err := checkVerdict(&o); err != nil {
		return o, err
	}
	if _, err := wire.EncodeUp(wire.Up{Outcome: &wire.Outcome{Num: math.MaxInt, Extra: o.Extra, Outcome: o}}); err != nil {
		return o, errors.New("too much for one record")
	}
	return o, nil
}

// verdicts are the texts of an outcome that a record may bring.
var verdicts = map[string]func(*fleet.Outcome) *string{
	"status":  func(o *fleet.Outcome) *string { return (*string)(&o.Status) },
	"phase":   func(o *fleet.Outcome) *string { return (*string)(&o.Phase) },
	"hop":     func(o *fleet.Outcome) *string { return &o.Hop },
	"error":   func(o *fleet.Outcome) *string { return &o.Error },
	"address": func(o *fleet.Outcome) *string { return &o.Address },
}

// checkVerdict refuses a status or phase that there is not, and those that are the parent's to give.
func checkVerdict(o *fleet.Outcome) error {
	switch {
	case !slices.Contains(fleet.Statuses, o.Status), o.Status == fleet.StatusLost, o.Status.Unfinished():
		return fmt.Errorf("status: %q is none that a host can have", o.Status)
	case !slices.Contains(fleet.Phases, o.Phase):
		return fmt.Errorf("phase: %q is none", o.Phase)
	}
	return nil
}

func setText(to *string, value any) error {
	text, ok := value.(string)
	if !ok {
		return errors.New("no text")
	}
	*to = clip(text)
	return nil
}

// setExtra takes a number that is no reading's.
func setExtra(o *fleet.Outcome, name string, value any) error {
	number, ok := value.(json.Number)
	if !ok {
		return nil
	}
	v, err := number.Float64()
	if err != nil {
		return errors.New("too large a number")
	}
	if o.Extra == nil {
		o.Extra = map[string]float64{}
	}
	o.Extra[name] = v
	return nil
}

// clip bounds text, and makes it valid UTF-8.
func clip(text string) string { return strings.ToValidUTF8(text[:min(len(text), maxText)], "?") }
