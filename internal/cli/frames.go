package cli

import (
	"bytes"
	"time"

	"muster/internal/fleet"
	"muster/internal/wire"
)

// frameSeconds is the CPU that both sides together spend on the frames of one item, as it is here and now: that it is to
// be done, that it has begun and how it ended, each written and read.
func frameSeconds() float64 {
	const items = 5000
	duration := 1.5
	host := fleet.Host{Num: 1, Label: "item1", Name: "item1"}
	outcome := fleet.Outcome{Status: fleet.StatusOK, Attempts: 1, DurationMS: &duration}
	var up, down bytes.Buffer
	begun := time.Now()
	for range items {
		hosts, _ := wire.EncodeDown(wire.Down{Hosts: &wire.Hosts{Hosts: []fleet.Host{host}}})
		down.Write(hosts)
		start, _ := wire.EncodeUp(wire.Up{Start: &fleet.Start{Num: 1}})
		up.Write(start)
		end, _ := wire.EncodeUp(wire.Up{Outcome: &wire.Outcome{Num: 1, Outcome: outcome}})
		up.Write(end)
	}
	for frames := wire.NewDownReader(&down); ; {
		if _, err := frames.Next(); err != nil {
			break
		}
	}
	for frames := wire.NewUpReader(&up, false); ; {
		if _, err := frames.Next(); err != nil {
			break
		}
	}
	return time.Since(begun).Seconds() / items
}
