package remote

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"muster/internal/fleet"
)

// TestMain makes the test's own program what a proxy command may be, and the worker that has one.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 {
		switch os.Args[1] {
		case "forward":
			os.Exit(forwardTo(os.Args[2]))
		case "visit":
			visitThrough(os.Args[2])
			os.Exit(0)
		}
	}
	os.Exit(m.Run())
}

// forwardTo joins an address to the standard streams.
func forwardTo(address string) (code int) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	go func() {
		io.Copy(conn, os.Stdin)
		conn.(*net.TCPConn).CloseWrite()
	}()
	io.Copy(os.Stdout, conn)
	return 0
}

// visitThrough visits a host through a command, for as long as that takes.
func visitThrough(command string) {
	s, err := NewSSH(Config{Logins: []fleet.Login{{}}, ConnectTimeout: time.Minute})
	if err != nil {
		panic(err)
	}
	s.Run(context.Background(), fleet.Host{Name: "host"}.Along(fleet.Way{Proxy: command}), Command{Line: "x"})
}
