package procfs

import (
	"bytes"
	"fmt"
)

// The sections of the snippet's output, each begun by a line of the sentinel and the name.
const (
	sectionBegin      = "begin"
	sectionUname      = "uname"
	sectionBootID     = "boot_id"
	sectionUptime     = "uptime"
	sectionLoadavg    = "loadavg"
	sectionOnline     = "online"
	sectionProcessors = "processors"
	sectionClock      = "clock"
	sectionPSICPU     = "psi_cpu"
	sectionPSIMemory  = "psi_memory"
	sectionPSIIO      = "psi_io"
	sectionMeminfo    = "meminfo"
	sectionStat       = "stat"
	sectionEnd        = "end"
)

// sections cuts stdout at its markers and trims each section. What stands before begin and after end is ignored, and
// begin may stand in mid-line, behind what a login shell printed without a newline.
func sections(sentinel string, stdout []byte) (map[string][]byte, error) {
	mark := []byte(sentinel + " ")
	_, rest, ok := bytes.Cut(stdout, []byte(sentinel+" "+sectionBegin))
	if !ok {
		return nil, fmt.Errorf("sections: no beginning: %s", quote(stdout))
	}
	text := make(map[string][]byte)
	parts := bytes.Split(rest, mark)
	for _, part := range parts[1:] {
		first, body, _ := bytes.Cut(part, []byte("\n"))
		name := string(bytes.TrimSpace(first))
		if name == sectionEnd {
			return text, nil
		}
		if _, ok := text[name]; ok {
			return nil, fmt.Errorf("sections: twice the same: %s", quote(first))
		}
		text[name] = bytes.TrimSpace(body)
	}
	return nil, fmt.Errorf("sections: no end: %s", quote(parts[len(parts)-1]))
}

// section parses one section. It returns nil where the section is absent or empty, and where *err, which keeps the
// first error of several sections, is already set.
func section[T any](text map[string][]byte, name string, parse func([]byte) (T, error), err *error) *T {
	b := text[name]
	if len(b) == 0 || *err != nil {
		return nil
	}
	v, failure := parse(b)
	if failure != nil {
		*err = fmt.Errorf("%s: %w", name, failure)
		return nil
	}
	return &v
}
