package remote

import (
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// fakeJump makes a jump host of a fake that does not say itself how it answers a channel, and gives it a label.
func (f fakeHost) fakeJump(t testing.TB, label string) (fleet.Host, func() int) {
	t.Helper()
	if f.open == nil {
		f.open = forward
	}
	h, count := f.serve(t)
	h.Label = label
	return h, count
}

// forward connects to where a channel is to lead, and answers in OpenSSH's words.
func forward(c ssh.NewChannel) {
	var to struct {
		Host   string
		Port   uint32
		Origin string
		From   uint32
	}
	if ssh.Unmarshal(c.ExtraData(), &to) != nil || c.ChannelType() != "direct-tcpip" {
		c.Reject(ssh.UnknownChannelType, "")
		return
	}
	go func() {
		conn, err := net.Dial("tcp", net.JoinHostPort(to.Host, strconv.Itoa(int(to.Port))))
		if err != nil {
			c.Reject(ssh.ConnectionFailed, cause(err))
			return
		}
		defer conn.Close()
		ch, requests, err := c.Accept()
		if err != nil {
			return
		}
		go ssh.DiscardRequests(requests)
		go func() {
			if _, err := io.Copy(conn, ch); err == nil {
				conn.Close()
			}
		}()
		io.Copy(ch, conn)
		ch.Close()
	}()
}

// behind puts a host behind jump hosts, of which the first is connected to directly.
func behind(h fleet.Host, hops ...fleet.Host) fleet.Host {
	for _, hop := range hops {
		before, last := hop.Way(), h.Way()
		before.Via = last.Via
		last.Via = new(hop.Along(before))
		h = h.Along(last)
	}
	return h
}

// runAll runs a command on a host n times at once, as that many hosts with numbers from 1.
func runAll(s *SSH, h fleet.Host, n int) []Result {
	results := make([]Result, n)
	var visits sync.WaitGroup
	for i := range results {
		h := h
		h.Num, h.Label = i+1, fmt.Sprint("host", i+1)
		visits.Go(func() { results[i] = s.Run(context.Background(), h, Command{Line: "true", MaxOutput: 1000}) })
	}
	visits.Wait()
	return results
}

func allAre(t *testing.T, results []Result, status fleet.Status, phase fleet.Phase, hop string) {
	t.Helper()
	for i, r := range results {
		if r.Status != status || r.Phase != phase || r.Hop != hop {
			t.Errorf("host %d: %s/%s hop %q %q, want %s/%s hop %q", i+1, r.Status, r.Phase, r.Hop, r.Err, status, phase, hop)
		}
	}
}

// eventually waits for what happens outside.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never: ", what)
		}
	}
}
