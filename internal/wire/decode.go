package wire

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"muster/internal/fleet"
)

// maxBanner bounds the lines before the first frame that a launcher's shell or daemon may print.
const maxBanner = 8 << 10

// maxQuote bounds how much of an invalid frame an error shows.
const maxQuote = 64

// ErrTorn is the end of a stream in the middle of a line: the half line is no frame.
var ErrTorn = errors.New("stream ends in the middle of a frame")

// A Violation is a line that is no valid frame. Nothing that comes after it can be trusted.
type Violation struct {
	Line []byte // how the line begins, raw, at most 64 bytes
	Err  error
}

func (v *Violation) Error() string {
	return fmt.Sprintf("invalid frame %+q: %v", v.Line, v.Err)
}

func (v *Violation) Unwrap() error { return v.Err }

// UpReader decodes a worker's frames.
type UpReader struct {
	lines  lineReader
	err    error // the first, for good
	banner bool  // a banner may come, until the first frame
	Banner []byte
}

// NewUpReader returns a reader of the frames in r. With banner, lines before the first frame that do not begin with `{`
// are kept in Banner instead of refused, up to 8 KiB of them.
func NewUpReader(r io.Reader, banner bool) *UpReader {
	return &UpReader{lines: newLineReader(r, MaxUp), banner: banner}
}

// Next returns the next frame. It fails with io.EOF at the end of the stream, ErrTorn where the stream ends within a
// line, a *Violation, or the error of the reader. After an error it gives that error for ever: nothing that follows can
// be trusted.
func (u *UpReader) Next() (up Up, err error) {
	if u.err == nil {
		up, u.err = u.next()
	}
	return up, u.err
}

func (u *UpReader) next() (Up, error) {
	for {
		line, err := u.lines.next()
		if u.banner && len(line) > 0 && line[0] != '{' {
			if len(u.Banner)+len(line) > maxBanner {
				return Up{}, &Violation{Line: quote(line), Err: errors.New("no frame within the first 8 KiB")}
			}
			u.Banner = append(u.Banner, line...)
			if err == nil {
				continue
			}
		}
		if err != nil {
			return Up{}, err
		}
		u.banner = false
		var up Up
		if err := decode(line, &up); err != nil {
			return Up{}, err
		}
		if status, said := up.status(); said && !slices.Contains(fleet.Statuses, status) {
			return Up{}, &Violation{Line: quote(line), Err: fmt.Errorf("unknown status %+q", status)}
		}
		return up, nil
	}
}

func (u Up) status() (status fleet.Status, said bool) {
	switch {
	case u.Outcome != nil:
		return u.Outcome.Status, true
	case u.Group != nil:
		return u.Group.Status, true
	}
	return "", false
}

// DownReader decodes the parent's frames.
type DownReader struct {
	lines lineReader
	err   error
}

// NewDownReader returns a reader of the frames in r.
func NewDownReader(r io.Reader) *DownReader { return &DownReader{lines: newLineReader(r, MaxDown)} }

// Next returns the next frame; it fails as UpReader.Next does.
func (d *DownReader) Next() (down Down, err error) {
	if d.err == nil {
		down, d.err = d.next()
	}
	return down, d.err
}

func (d *DownReader) next() (Down, error) {
	line, err := d.lines.next()
	if err != nil {
		return Down{}, err
	}
	var down Down
	if err := decode(line, &down); err != nil {
		return Down{}, err
	}
	return down, nil
}

// noNull refuses null: no encoder of ours writes it, and what reads as absent must not be sent.
var noNull = json.WithUnmarshalers(json.UnmarshalFromFunc(func(d *jsontext.Decoder, _ any) error {
	if d.PeekKind() == 'n' {
		return errors.New("null")
	}
	return errors.ErrUnsupported
}))

var (
	strict       = json.RejectUnknownMembers(true)
	strictNoNull = json.JoinOptions(strict, noNull)
)

// decode fills frame, a pointer to a struct of pointers, from line and checks that exactly one is set.
func decode(line []byte, frame any) error {
	options := strict
	if bytes.Contains(line, []byte("null")) { // in a string, most likely: to look at every value takes as long as all else
		options = strictNoNull
	}
	if err := json.Unmarshal(line, frame, options); err != nil {
		return &Violation{Line: quote(line), Err: err}
	}
	set := 0
	fields := reflect.ValueOf(frame).Elem()
	for i := range fields.NumField() { // Fields, the iterator, takes ten times as long
		if !fields.Field(i).IsNil() {
			set++
		}
	}
	if set != 1 {
		return &Violation{Line: quote(line), Err: fmt.Errorf("%d frames in one line", set)}
	}
	return nil
}

func quote(line []byte) []byte { return bytes.Clone(line[:min(len(line), maxQuote)]) }

// lineReader yields whole lines of bounded length.
type lineReader struct{ r *bufio.Reader }

func newLineReader(r io.Reader, limit int) lineReader {
	return lineReader{bufio.NewReaderSize(r, limit)}
}

// next returns the next line with its newline, valid until the call after. At the end of the stream a half line is
// returned with ErrTorn.
func (l lineReader) next() ([]byte, error) {
	line, err := l.r.ReadSlice('\n')
	switch {
	case err == bufio.ErrBufferFull:
		return nil, &Violation{Line: quote(line), Err: fmt.Errorf("line over %d bytes", l.r.Size())}
	case err == io.EOF && len(line) > 0:
		return line, ErrTorn
	}
	return line, err
}
