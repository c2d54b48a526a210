package remote

import (
	"io"
	"net"
	"slices"
	"strings"
	"testing"
)

// said is a connection on which that is said. It keeps how much each Read asked for.
type said struct {
	net.Conn
	from  io.Reader
	asked []int
}

func (s *said) Read(p []byte) (int, error) {
	s.asked = append(s.asked, len(p))
	return s.from.Read(p)
}

// A version line is read at once, though the library asks for one byte after the other, and what follows straight to where it is
// wanted.
func TestVersionIsReadAtOnce(t *testing.T) {
	const version, rest = "SSH-2.0-OpenSSH_10.0p2 Debian-7\r\n", "the rest"
	line, after := strings.NewReader(version), strings.NewReader(rest)
	conn := &said{from: io.MultiReader(line, after)}
	w := watch(conn)
	for range version {
		if n, err := w.Read(make([]byte, 1)); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	packet := make([]byte, 4096)
	if n, err := w.Read(packet); err != nil || string(packet[:n]) != rest {
		t.Errorf("%q, %v", packet[:n], err)
	}
	if !slices.Equal(conn.asked, []int{maxVersion, 4096}) {
		t.Errorf("asked for %v bytes", conn.asked)
	}
}
