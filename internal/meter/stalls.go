package meter

import (
	"bytes"
	"os"
	"strconv"
	"time"
)

// Stalls is for how long, since the machine started, some of its tasks waited for a resource: the total of "some" in
// the kernel's pressure stall information (Documentation/accounting/psi.rst).
type Stalls struct{ CPU, Memory, IO time.Duration }

// ReadStalls is false where the kernel does not tell.
func ReadStalls() (s Stalls, ok bool) {
	for _, resource := range []struct {
		name  string
		total *time.Duration
	}{{"cpu", &s.CPU}, {"memory", &s.Memory}, {"io", &s.IO}} {
		text, err := os.ReadFile("/proc/pressure/" + resource.name)
		if err != nil {
			return Stalls{}, false
		}
		if *resource.total, ok = someTotal(text); !ok {
			return Stalls{}, false
		}
	}
	return s, true
}

// someTotal reads "some avg10=0.00 avg60=0.00 avg300=0.00 total=N", N in microseconds.
func someTotal(text []byte) (time.Duration, bool) {
	for line := range bytes.Lines(text) {
		if !bytes.HasPrefix(line, []byte("some ")) {
			continue
		}
		_, total, _ := bytes.Cut(line, []byte("total="))
		n, err := strconv.ParseInt(string(bytes.TrimSpace(total)), 10, 64)
		return time.Duration(n) * time.Microsecond, err == nil && n >= 0
	}
	return 0, false
}
