package simulate

import (
	"io"
	"net"
	"strings"
	"time"
)

// How a host drips: a byte at each interval, in lines of a length that no client is obliged to refuse.
const (
	dripInterval = 50 * time.Millisecond
	dripLine     = 64
)

// misbehave plays the faults that show before there is SSH to speak, to their end, and reports whether it was one.
func (f *Fleet) misbehave(kind Kind, conn *net.TCPConn) bool {
	switch kind {
	case Close:
		f.sleep(f.config.Latency)
	case Silent:
		drain(conn)
	case BannerStall:
		f.say(conn, "SSH-2.0-sto")
		drain(conn)
	case BannerDrip:
		f.drip(conn)
	case NotSSH:
		f.say(conn, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
		conn.CloseWrite()
		drain(conn)
	case KexStall:
		f.say(conn, "SSH-2.0-stalled\r\n")
		drain(conn)
	default:
		return false
	}
	return true
}

// say writes what the client waits for, a latency late. A client that has gone is noticed by whoever drains.
func (f *Fleet) say(conn net.Conn, text string) {
	if f.config.Latency == 0 || f.sleep(f.config.Latency) {
		io.WriteString(conn, text)
	}
}

func (f *Fleet) drip(conn net.Conn) {
	line := strings.Repeat(".", dripLine-1) + "\n"
	for i := 0; f.sleep(dripInterval); i++ {
		if _, err := conn.Write([]byte{line[i%dripLine]}); err != nil {
			return
		}
	}
}

// drain reads until the client hangs up: closing a connection with unread data on it would reset it.
func drain(conn net.Conn) { io.Copy(io.Discard, conn) }
