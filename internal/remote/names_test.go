package remote

import (
	"bytes"
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muster/internal/fleet"
)

// nameServer runs a name server of its own for s, which answers each name "here" with 127.0.0.1, "silent" not at all, "slow"
// like "here" but only when told, and others with NXDOMAIN. It counts questions for IPv4 addresses.
func nameServer(t *testing.T, s *SSH) (asked *atomic.Int32, slow chan struct{}) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked, slow = new(atomic.Int32), make(chan struct{})
	var answers sync.WaitGroup
	answers.Go(func() {
		for {
			query := make([]byte, 512)
			_, from, err := conn.ReadFrom(query)
			if err != nil {
				return
			}
			question, isA := parseQuestion(query)
			if isA {
				asked.Add(1)
			}
			answers.Go(func() {
				if bytes.Contains(query, []byte("slow")) {
					<-slow
				}
				if answer := answerName(query[:2], question, isA); answer != nil {
					conn.WriteTo(answer, from)
				}
			})
		}
	})
	t.Cleanup(func() {
		conn.Close()
		answers.Wait()
	})
	s.names.dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}
	return asked, slow
}

// parseQuestion returns the question of a query, and whether it is for IPv4 addresses: RFC 1035, section 4.
func parseQuestion(query []byte) (question []byte, isA bool) {
	const header, typeA = 12, 1
	question = query[header:]
	question = question[:bytes.IndexByte(question, 0)+5]
	return question, question[len(question)-3] == typeA
}

// answerName is the answer to a question; nil: none.
func answerName(id, question []byte, isA bool) []byte {
	packet := func(code, answers byte) []byte {
		return append([]byte{id[0], id[1], 0x81, 0x80 | code, 0, 1, 0, answers, 0, 0, 0, 0}, question...)
	}
	switch says := func(word string) bool { return bytes.Contains(question, []byte(word)) }; {
	case says("silent"):
		return nil
	case !says("here") && !says("slow"):
		return packet(3, 0)
	case !isA:
		return packet(0, 0)
	}
	// The name of the question, type A, class IN, a second to live, four bytes.
	return append(packet(0, 1), 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1)
}

// Each name is looked up once for all hosts that have it, in parallel, unless that fails: then those who wait learn of it, and
// the next asks again.
func TestF32NamesOnce(t *testing.T) {
	noLeak(t)
	s := newSSH(t, Config{ConnectTimeout: time.Minute, Handshakes: 100})
	asked, _ := nameServer(t, s)
	h, _ := fakeHost{}.serve(t)
	h.Name = "here.test."
	for range 2 {
		allAre(t, runAll(s, h, 20), fleet.StatusOK, "", "")
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
	none := fleet.Host{Name: "none.test.", Port: h.Port}
	for range 2 {
		results := runAll(s, none, 1)
		allAre(t, results, fleet.StatusResolve, fleet.PhaseResolve, "")
		if results[0].Attempts != 1 {
			t.Errorf("%+v", results[0])
		}
	}
	if n := asked.Load(); n != 3 {
		t.Errorf("asked %d times", n)
	}
}

// Who waits for a look-up has its own time for that, and need not suffer when the one who does it has no more.
func TestF32NamesInTime(t *testing.T) {
	noLeak(t)
	s := newSSH(t, Config{ConnectTimeout: 2 * testTimeout, Handshakes: 100})
	asked, slow := nameServer(t, s)
	h, _ := fakeHost{}.serve(t)
	h.Name = "slow.test."
	ctx, cancel := context.WithCancel(context.Background())
	var visits sync.WaitGroup
	visits.Go(func() {
		if r := s.Run(ctx, h, Command{Line: "x"}); r.Status != fleet.StatusCanceled || r.Phase != fleet.PhaseResolve {
			t.Errorf("%+v", r)
		}
	})
	eventually(t, "a question", func() bool { return asked.Load() == 1 })
	visits.Go(func() { allAre(t, runAll(s, h, 5), fleet.StatusOK, "", "") })
	time.AfterFunc(testTimeout/10, cancel)
	time.AfterFunc(testTimeout/5, func() { close(slow) })

	silent := fleet.Host{Name: "silent.test."}
	for i := range 3 {
		visits.Go(func() {
			time.Sleep(time.Duration(i) * testTimeout / 3)
			began := time.Now()
			allAre(t, runAll(s, silent, 1), fleet.StatusTimeout, fleet.PhaseResolve, "")
			if took := time.Since(began); took < 2*testTimeout || took > 2*testTimeout+2*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
	visits.Wait()
}
