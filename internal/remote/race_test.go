package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"syscall"
	"testing"
	"time"

	"muster/internal/fleet"
)

// Of several addresses the first that answers is taken, however dead those before it are.
func TestRace(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("one address of 127/8 only")
	}
	noLeak(t)
	full := fullBacklog(t)
	live, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.2:%d", full.Port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { live.Close() })
	const (
		mute    = "127.0.0.1"
		fine    = "127.0.0.2"
		refuses = "127.0.0.3"
		noWay   = "255.255.255.255"
	)
	for _, tt := range []struct {
		addrs []string
		err   error
		least time.Duration
	}{
		{[]string{fine}, nil, 0},
		{[]string{refuses, fine}, nil, 0},
		{[]string{mute, fine}, nil, headStart},
		{[]string{mute, mute, refuses, "::1", fine}, nil, 2 * headStart},
		{[]string{fine, mute}, nil, 0},
		{[]string{fine, fine, fine}, nil, 0},
		{[]string{refuses, noWay}, syscall.ECONNREFUSED, 0},
		{[]string{refuses, mute}, context.DeadlineExceeded, testTimeout},
		{[]string{mute}, context.DeadlineExceeded, testTimeout},
	} {
		t.Run(fmt.Sprint(tt.addrs), func(t *testing.T) {
			t.Parallel()
			limit := testTimeout
			if tt.err == nil {
				limit = time.Minute
			}
			ctx, cancel := context.WithTimeout(context.Background(), limit)
			defer cancel()
			var addrs []netip.Addr
			for _, addr := range tt.addrs {
				addrs = append(addrs, netip.MustParseAddr(addr))
			}
			began := time.Now()
			conn, took, err := (&login{}).race(ctx, addrs, full.Port)
			if err == nil {
				defer conn.Close()
				if took <= 0 || took > time.Since(began)-tt.least || conn.RemoteAddr().(*net.TCPAddr).IP.String() != fine {
					t.Errorf("%v after %v", conn.RemoteAddr(), took)
				}
			}
			late := time.Since(began) >= limit
			if (err == nil) != (tt.err == nil) || tt.err == syscall.ECONNREFUSED && !errors.Is(err, tt.err) || tt.err == context.DeadlineExceeded && !late {
				t.Errorf("%v", err)
			}
			if time.Since(began) < tt.least {
				t.Errorf("after %v", time.Since(began))
			}
		})
	}
}

// The addresses of a name may be of both families, whatever this machine has. A login may want one of them, and an address
// of its own.
func TestFamilyAndBind(t *testing.T) {
	noLeak(t)
	from := make(chan string, 1)
	speak, pins := fakeHost{}.handler(t)
	h, _ := serve(t, func(c net.Conn) {
		from <- c.RemoteAddr().(*net.TCPAddr).IP.String()
		speak(c)
	})
	h = pinned(h, pins)
	h.Name = "localhost"
	bind := "127.0.0.1"
	if runtime.GOOS == "linux" {
		bind = "127.0.0.5"
	}
	for _, l := range []fleet.Login{{}, {Family: "4"}, {Family: "4", Bind: bind}, {Bind: bind}} {
		r := newSSH(t, Config{Logins: []fleet.Login{l}, ConnectTimeout: 10 * time.Second}).Run(context.Background(), h, Command{Line: "x", MaxOutput: 10})
		if got := <-from; r.Status != fleet.StatusOK || l.Bind != "" && got != l.Bind || r.Address != fmt.Sprintf("127.0.0.1:%d", h.Port) {
			t.Errorf("%+v: from %s, %+v", l, got, r)
		}
	}
	if r := newSSH(t, Config{Logins: []fleet.Login{{Family: "6"}}, ConnectTimeout: 10 * time.Second}).Run(context.Background(), h, Command{}); r.Status == fleet.StatusOK {
		t.Errorf("%+v", r)
	}
}
