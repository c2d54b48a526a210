package procfs

import (
	"bytes"
	"fmt"
)

// parsePressure reads the share of the last ten seconds, in percent, in which some task waited, from a file of
// /proc/pressure (see the kernel's accounting/psi): "some avg10=2.04 avg60=0.75 avg300=0.42 total=157656722".
func parsePressure(b []byte) (float64, error) {
	for line := range bytes.Lines(b) {
		rest, ok := bytes.CutPrefix(line, []byte("some avg10="))
		if !ok {
			continue
		}
		value, _, _ := bytes.Cut(rest, []byte(" "))
		v, err := decimal("avg10", bytes.TrimSpace(value))
		if err == nil && v > 100 {
			err = fmt.Errorf("avg10: over 100 percent: %s", quote(value))
		}
		return v, err
	}
	return 0, fmt.Errorf("no line of some avg10: %s", quote(b))
}
