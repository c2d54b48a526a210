package simulate

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"
)

// TestPortEach forces what is done where one socket may not serve all of 127/8: a port of 127.0.0.1 for each host.
func TestPortEach(t *testing.T) {
	f, err := start(Config{Hosts: 6, Faults: []Fault{{Kind: NotSSH, Count: 2}, {Kind: Refuse, Count: 2}}}, listenPortEach)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	seen := map[string]bool{}
	for _, host := range f.Hosts() {
		if name, _, err := net.SplitHostPort(host.Label); err != nil || name != "127.0.0.1" || seen[host.Label] {
			t.Errorf("label %s", host.Label)
		}
		seen[host.Label] = true
		conn, err := net.Dial("tcp", host.Label)
		if host.Fault == Refuse {
			if !errors.Is(err, syscall.ECONNREFUSED) {
				t.Errorf("%s, which refuses: %v", host.Label, err)
			}
			continue
		}
		if err != nil {
			t.Error(err)
			continue
		}
		want := "SSH-"
		if host.Fault == NotSSH {
			want = "HTTP"
		}
		got := make([]byte, 4)
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		if _, err := io.ReadFull(conn, got); err != nil || string(got) != want {
			t.Errorf("%s, %q: %q, %v", host.Label, host.Fault, got, err)
		}
		conn.Close()
	}
}
