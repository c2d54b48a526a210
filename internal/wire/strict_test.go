package wire

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// TestF56InvalidFrames: what is not exactly a frame is a violation, and nothing after it is read.
func TestF56InvalidFrames(t *testing.T) {
	lines := map[string]string{
		"empty line":        "",
		"garbage":           "Segmentation fault",
		"NUL":               "\x00\x01\x02",
		"null":              "null",
		"null frame":        `{"start":null}`,
		"null field":        `{"start":{"num":null}}`,
		"null beside":       `{"start":{"num":1},"beat":null}`,
		"no frame":          `{}`,
		"array":             `[{"beat":{}}]`,
		"string":            `"beat"`,
		"two frames":        `{"beat":{},"start":{"num":1}}`,
		"two values":        `{"beat":{}}{"beat":{}}`,
		"trailing garbage":  `{"beat":{}} x`,
		"unknown frame":     `{"bye":{}}`,
		"down-frame":        `{"end":{}}`,
		"unknown field":     `{"start":{"num":1,"host":"h"}}`,
		"duplicate field":   `{"start":{"num":1,"num":2}}`,
		"duplicate frame":   `{"start":{"num":1},"start":{"num":2}}`,
		"mis-cased frame":   `{"Start":{"num":1}}`,
		"mis-cased field":   `{"start":{"Num":1}}`,
		"wrong type":        `{"start":{"num":"1"}}`,
		"fraction":          `{"start":{"num":1.5}}`,
		"overflow":          `{"start":{"num":99999999999999999999}}`,
		"float overflow":    `{"outcome":{"num":1,"status":"ok","load1":1e999}}`,
		"NaN":               `{"outcome":{"num":1,"status":"ok","load1":NaN}}`,
		"bad base64":        `{"output":{"num":1,"part":0,"data":"?"}}`,
		"invalid UTF-8":     "{\"outcome\":{\"num\":1,\"status\":\"exit\",\"error\":\"\xff\"}}",
		"half a surrogate":  `{"outcome":{"num":1,"status":"exit","error":"\ud800"}}`,
		"control character": "{\"outcome\":{\"num\":1,\"status\":\"exit\",\"error\":\"\x01\"}}",
		"unknown status":    `{"outcome":{"num":1,"status":"fine"}}`,
		"no status":         `{"outcome":{"num":1}}`,
		"group's status":    `{"group":{"status":"fine"}}`,
		"deep nesting":      strings.Repeat(`{"start":`, 400),
		"deep arrays":       strings.Repeat("[", 4000),
		"cut off":           `{"start":{"num":1}`,
	}
	for name, line := range lines {
		t.Run(name, func(t *testing.T) {
			frames := NewUpReader(strings.NewReader(line+"\n"+`{"beat":{}}`+"\n"), false)
			up, err := frames.Next()
			var violation *Violation
			if !errors.As(err, &violation) || up != (Up{}) {
				t.Fatalf("got %+v, %v", up, err)
			}
			if len(violation.Line) > maxQuote || !strings.HasPrefix(line+"\n", string(violation.Line)) {
				t.Errorf("quotes %q", violation.Line)
			}
			for _, c := range violation.Error() {
				if c < ' ' || c > '~' {
					t.Errorf("unprintable: %q", violation.Error())
				}
			}
			if again, err := frames.Next(); err != error(violation) || again != (Up{}) {
				t.Errorf("after a violation: %+v, %v", again, err)
			}
		})
	}
}

func TestInvalidDownFrames(t *testing.T) {
	for _, line := range []string{
		``, `null`, `{}`, `{"beat":{}}`, `{"end":{"num":1}}`, `{"end":{},"job":{}}`, `{"End":{}}`, `{"answer":{"id":1,"ID":2}}`,
		`{"input":{"data":"?"}}`, `{"items":{"first":1,"lines":null}}`, `{"items":{"First":1}}`, `{"job":{"Input":"AAAA"}}`,
		`{"hosts":{"hosts":[{"num":1},{"num":2,"chunk":1}]}}`, `{"hosts":{"hosts":null}}`, `{"job":{"keys":["***"]}}`,
	} {
		frames := NewDownReader(strings.NewReader(line + "\n" + `{"end":{}}` + "\n"))
		var violation *Violation
		if down, err := frames.Next(); !errors.As(err, &violation) || down != (Down{}) {
			t.Errorf("%s: %+v, %v", line, down, err)
		}
		if _, err := frames.Next(); err != error(violation) {
			t.Errorf("after %s: %v", line, err)
		}
	}
}

// TestF55LongLines: a line is bounded to the byte, newline included.
func TestF55LongLines(t *testing.T) {
	pad := func(frame string, size int) io.Reader {
		return strings.NewReader(frame + strings.Repeat(" ", size-len(frame)-1) + "\n" + frame + "\n")
	}
	tests := []struct {
		size int
		down bool
		fits bool
	}{
		{MaxUp, false, true},
		{MaxUp + 1, false, false},
		{70_000, false, false},
		{MaxDown, true, true},
		{MaxDown + 1, true, false},
	}
	for _, tt := range tests {
		var next func() error
		if tt.down {
			frames := NewDownReader(iotest.HalfReader(pad(`{"end":{}}`, tt.size)))
			next = func() error { _, err := frames.Next(); return err }
		} else {
			frames := NewUpReader(iotest.HalfReader(pad(`{"beat":{}}`, tt.size)), false)
			next = func() error { _, err := frames.Next(); return err }
		}
		var violation *Violation
		for i := range 2 {
			if err := next(); tt.fits && err != nil || !tt.fits && !errors.As(err, &violation) {
				t.Errorf("%d bytes, line %d: %v", tt.size, i, err)
			}
		}
	}
}

// TestF55EndlessLine: a line that never ends is given up at the bound, not gathered.
func TestF55EndlessLine(t *testing.T) {
	stream := &endless{}
	_, err := NewUpReader(stream, false).Next()
	var violation *Violation
	if !errors.As(err, &violation) || stream.read > 2*MaxUp {
		t.Errorf("%v after %d bytes", err, stream.read)
	}
}

type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	e.read += len(p)
	return len(p), nil
}

// TestF54TornLine: half a line at the end is no frame, though it would read as one.
func TestF54TornLine(t *testing.T) {
	for _, half := range []string{"{", `{"start":{"num":1`, `{"start":{"num":2}}`} {
		for _, banner := range []bool{false, true} {
			frames := NewUpReader(strings.NewReader(`{"start":{"num":1}}`+"\n"+half), banner)
			if up, err := frames.Next(); err != nil || up.Start.Num != 1 {
				t.Fatal(up, err)
			}
			for range 2 {
				if up, err := frames.Next(); err != ErrTorn || up != (Up{}) {
					t.Errorf("%s: %+v, %v", half, up, err)
				}
			}
		}
	}
}

// An error of the reader is passed on as it is.
func TestReadError(t *testing.T) {
	broken := errors.New("broken")
	if _, err := NewUpReader(iotest.ErrReader(broken), true).Next(); err != broken {
		t.Error(err)
	}
	if _, err := NewDownReader(iotest.ErrReader(broken)).Next(); err != broken {
		t.Error(err)
	}
}

func TestBanner(t *testing.T) {
	const hello = `{"hello":{"protocol":1,"build":"b","pid":1}}` + "\n"
	line := strings.Repeat("welcome ", 127) + "friend.\n" // 1 KiB
	tests := []struct {
		name, before string
		banner, ok   bool
	}{
		{"none", "", true, true},
		{"not expected", "Welcome\n", false, false},
		{"one line", "Welcome\n", true, true},
		{"blank lines", "\n\r\n\n", true, true},
		{"unprintable", "\x00\xff\x1b[2J\n", true, true},
		{"8 KiB", strings.Repeat(line, 8), true, true},
		{"over 8 KiB", strings.Repeat(line, 8) + "x\n", true, false},
		{"endless", strings.Repeat(line, 1000), true, false},
		{"begins as a frame", "{welcome}\n", true, false},
		{"after a frame", hello + "Goodbye\n", true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			frames := NewUpReader(strings.NewReader(tt.before+hello), tt.banner)
			var err error
			var last Up
			for up := (Up{}); err == nil; up, err = frames.Next() {
				last = up
			}
			var violation *Violation
			if !tt.ok && !errors.As(err, &violation) {
				t.Fatal(err)
			}
			if tt.ok && (err != io.EOF || last.Hello == nil || string(frames.Banner) != tt.before) {
				t.Errorf("%+v, %v, banner %q", last, err, frames.Banner)
			}
			if len(frames.Banner) > maxBanner {
				t.Errorf("kept %d bytes", len(frames.Banner))
			}
		})
	}
}
