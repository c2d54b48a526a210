package wire

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// frames reads all frames of r and the error at their end.
func frames(r io.Reader, banner bool) (got []Up, err error) {
	reader := NewUpReader(r, banner)
	for {
		up, err := reader.Next()
		if err != nil {
			return got, err
		}
		got = append(got, up)
	}
}

// cut reads at most so many bytes at once as the bytes of cuts say, over and over.
type cut struct {
	rest []byte
	cuts []byte
	at   int
}

func (c *cut) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		return 0, io.EOF
	}
	n := 1
	if len(c.cuts) > 0 {
		n = 1 + int(c.cuts[c.at%len(c.cuts)])
		c.at++
	}
	n = copy(p, c.rest[:min(n, len(c.rest))])
	c.rest = c.rest[n:]
	return n, nil
}

// FuzzUpStream is the frame law: how the bytes are cut into reads changes nothing; a prefix of a stream yields exactly
// the frames whose lines are complete in it; each frame can be sent again and read the same.
func FuzzUpStream(f *testing.F) {
	valid := `{"hello":{"protocol":1,"build":"b","pid":7}}` + "\n" + `{"start":{"num":1}}` + "\n" +
		`{"outcome":{"num":1,"host":"","status":"ok","phase":"","error":"","attempts":1,"chunk":0,"load1":0.5}}` + "\n" +
		`{"done":{"outcomes":1}}` + "\n"
	for _, stream := range []string{
		"", valid, "Welcome\n" + valid, valid[:70], valid + valid, valid + "x\n" + valid, "null\n", "{}\n", "\n",
		`{"output":{"num":1,"part":0,"data":"AAAA"}}` + "\n", `{"ask":{"id":1,"num":1,"names":["h"],"key":"AA=="}}` + "\n",
		`{"group":{"status":"exit","exit_code":3,"duration_ms":1,"usage":{}}}` + "\n",
		`{"start":{"attempt":2}}` + "\n" + `{"output":{"group":true,"part":0,"stderr":true,"data":"AAAA"}}` + "\n" +
			`{"outcome":{"num":1,"extra":{"a":1,"":-0.5},"status":"exit","exit_code":3,"signal":"TERM","stdout_truncated_bytes":9}}` + "\n" +
			`{"group":{"status":"ok","exit_code":0,"duration_ms":1,"usage":{},"stderr_truncated_bytes":7,"ignored":1,"doubt":"line 1: no"}}` + "\n",
	} {
		for _, banner := range []bool{false, true} {
			f.Add([]byte(stream), []byte{0, 3, 50}, uint(60), banner)
		}
	}
	f.Fuzz(func(t *testing.T, stream, cuts []byte, end uint, banner bool) {
		whole, wholeErr := frames(bytes.NewReader(stream), banner)
		pieces, piecesErr := frames(&cut{rest: stream, cuts: cuts}, banner)
		if diff := cmp.Diff(whole, pieces); diff != "" || wholeErr.Error() != piecesErr.Error() {
			t.Fatalf("cut into pieces: %v, %v\n%s", wholeErr, piecesErr, diff)
		}

		prefix := stream[:min(end, uint(len(stream)))]
		got, err := frames(bytes.NewReader(prefix), banner)
		if len(got) > len(whole) || !cmp.Equal(got, whole[:len(got)], empty) {
			t.Fatalf("a prefix of %d bytes yields %d frames of %d", len(prefix), len(got), len(whole))
		}
		var violation *Violation
		if !errors.As(err, &violation) {
			complete := prefix[:bytes.LastIndexByte(prefix, '\n')+1]
			if want, _ := frames(bytes.NewReader(complete), banner); len(want) != len(got) {
				t.Fatalf("%d frames, %d with the half line", len(want), len(got))
			}
			if torn := len(complete) < len(prefix); torn != (err == ErrTorn) {
				t.Fatalf("torn %v: %v", torn, err)
			}
		}

		for _, up := range got {
			line, err := EncodeUp(up)
			if err != nil {
				continue // what was written shorter than we write
			}
			again, err := frames(bytes.NewReader(line), false)
			if err != io.EOF || len(again) != 1 || !cmp.Equal(again[0], up, empty) {
				t.Fatalf("%v: %s", err, line)
			}
		}
	})
}

// FuzzDownStream is the same law for what a worker reads, secrets included.
func FuzzDownStream(f *testing.F) {
	for _, stream := range []string{
		"", `{"job":{"run":"r","keys":["AAAA"]}}` + "\n" + `{"hosts":{"hosts":[{"num":1,"label":"h","name":"h"}]}}` + "\n" + `{"end":{}}` + "\n",
		`{"answer":{"id":1,"decision":"redial","keys":["AAAA"]}}` + "\n",
		`{"job":{"args":["a",""],"sudo":"AAAA","input_bytes":3,"hosts_file":"h-*","attempt":2,"parse":true}}` + "\n" +
			`{"input":{"data":"AAAA"}}` + "\n" + `{"items":{"first":1,"lines":"YQoK"}}` + "\n",
	} {
		f.Add([]byte(stream), []byte{0, 3, 50})
	}
	all := func(r io.Reader) (got []Down, err error) {
		reader := NewDownReader(r)
		for {
			down, err := reader.Next()
			if err != nil {
				return got, err
			}
			got = append(got, down)
		}
	}
	f.Fuzz(func(t *testing.T, stream, cuts []byte) {
		whole, wholeErr := all(bytes.NewReader(stream))
		pieces, piecesErr := all(&cut{rest: stream, cuts: cuts})
		if diff := cmp.Diff(whole, pieces); diff != "" || wholeErr.Error() != piecesErr.Error() {
			t.Fatalf("cut into pieces: %v, %v\n%s", wholeErr, piecesErr, diff)
		}
		for _, down := range whole {
			line, err := EncodeDown(down)
			if err != nil {
				continue // what was written shorter than we write
			}
			again, err := all(bytes.NewReader(line))
			if err != io.EOF || len(again) != 1 || !cmp.Equal(again[0], down, empty) {
				t.Fatalf("%v: %s", err, line)
			}
		}
	})
}
