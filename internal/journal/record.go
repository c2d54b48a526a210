package journal

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"muster/internal/fleet"
)

// version is that of the records' form.
const version = 1

// record is one line of a journal: one of its members.
type record struct {
	Run     *header  `json:"run,omitzero"`
	Outcome *outcome `json:"outcome,omitzero"`
	Sum     string   `json:"sum,omitzero"` // the log's own
}

// header begins a run.
type header struct {
	Version int       `json:"version"`
	ID      string    `json:"id"`
	PID     int       `json:"pid"`
	Began   time.Time `json:"began"`
	GoesOn  bool      `json:"goes_on"` // with what stands before it
	Job     Job       `json:"job"`
}

// outcome is a host's, under its identity in place of its name, with what fleet.Outcome holds apart.
type outcome struct {
	fleet.Outcome
	Extra  map[string]float64 `json:"extra,omitzero"`
	Stdout []byte             `json:"stdout,omitzero"` // nil: none was kept, which is not the same as an empty one
	Stderr []byte             `json:"stderr,omitzero"`
}

// encode returns a record's line. The same record has the same line everywhere.
func encode(r record) ([]byte, error) {
	return json.Marshal(r, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
}

func decode(line []byte) (r record, err error) {
	if err = json.Unmarshal(line, &r, json.RejectUnknownMembers(true)); err != nil {
		return r, err
	}
	if (r.Run == nil) == (r.Outcome == nil) {
		return r, fmt.Errorf("neither a run nor an outcome")
	}
	return r, nil
}

// glance is as much of an outcome's record as is held in memory.
type glance struct {
	Outcome *struct {
		Host       string       `json:"host"`
		Status     fleet.Status `json:"status"`
		DurationMS float64      `json:"duration_ms"`
	} `json:"outcome"`
}

func outcomeOf(o fleet.Outcome) (*outcome, error) {
	out := &outcome{Outcome: o, Extra: o.Extra}
	for _, stream := range []struct {
		text fleet.Text
		to   *[]byte
	}{{o.Stdout, &out.Stdout}, {o.Stderr, &out.Stderr}} {
		if stream.text == nil {
			continue
		}
		text, err := stream.text.Bytes()
		if err != nil {
			return nil, err
		}
		if text == nil {
			text = []byte{} // empty, and there
		}
		*stream.to = text
	}
	return out, nil
}
