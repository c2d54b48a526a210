package simulate_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"
	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
	"muster/internal/procfs"
	"muster/internal/simulate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sameReading compares what a visit measures exactly: all but the clock.
var sameReading = cmpopts.IgnoreFields(fleet.Reading{}, "ClockOffsetMS")

func visit(t *testing.T, label string, config *ssh.ClientConfig) fleet.Reading {
	t.Helper()
	client, err := login(t, label, config)
	if err != nil {
		t.Fatal(err)
	}
	sentinel, sent := procfs.NewSentinel(), time.Now()
	stdout, stderr, err := command(t, client, procfs.Snippet(sentinel))
	if err != nil || len(stderr) > 0 {
		t.Fatalf("%v: %s", err, stderr)
	}
	r, err := procfs.Parse(sentinel, stdout, sent, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestHealthyHostsAnswerTheirReadings(t *testing.T) {
	f := start(t, simulate.Config{Hosts: 40, Seed: 7})
	config := clientConfig(t, f)
	for _, host := range f.Hosts() {
		got := visit(t, host.Label, config)
		if diff := cmp.Diff(host.Reading, got, sameReading); diff != "" {
			t.Errorf("%s: -want +got: %s", host.Label, diff)
		}
		if off := *got.ClockOffsetMS - *host.Reading.ClockOffsetMS; off < -2000 || off > 2000 {
			t.Errorf("%s: clock %v ms off, want %v", host.Label, *got.ClockOffsetMS, *host.Reading.ClockOffsetMS)
		}
	}
}
