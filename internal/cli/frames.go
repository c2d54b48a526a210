package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"syscall"
	"time"

	"muster/internal/fleet"
	"muster/internal/wire"
)

// frameSeconds is the CPU that both sides together spend on the frames of one item, as it is here and now: that it is to
// be done, that it has begun and how it ended, each written and read.
func frameSeconds() (float64, error) {
	const items = 5000
	var up, down bytes.Buffer
	begun, err := cpuTime()
	if err != nil {
		return 0, err
	}
	for range items {
		if err := writeFrames(&up, &down); err != nil {
			return 0, fmt.Errorf("frames: %w", err)
		}
	}
	frames := wire.NewDownReader(&down)
	for err == nil {
		_, err = frames.Next()
	}
	if errors.Is(err, io.EOF) {
		answers := wire.NewUpReader(&up, false)
		for err = nil; err == nil; {
			_, err = answers.Next()
		}
	}
	if !errors.Is(err, io.EOF) {
		return 0, fmt.Errorf("frames: %w", err)
	}
	ended, err := cpuTime()
	return (ended - begun).Seconds() / items, err
}

// writeFrames writes the frames of an item.
func writeFrames(up, down *bytes.Buffer) error {
	duration := 1.5
	host := fleet.Host{Num: 1, Label: "item1", Name: "item1"}
	hosts, err1 := wire.EncodeDown(wire.Down{Hosts: &wire.Hosts{Hosts: []fleet.Host{host}}})
	start, err2 := wire.EncodeUp(wire.Up{Start: &fleet.Start{Num: 1}})
	outcome, err3 := wire.EncodeUp(wire.Up{Outcome: &wire.Outcome{
		Num: 1, Outcome: fleet.Outcome{Status: fleet.StatusOK, Attempts: 1, DurationMS: &duration},
	}})
	down.Write(hosts)
	up.Write(start)
	up.Write(outcome)
	return errors.Join(err1, err2, err3)
}

// cpuTime is what this process has used.
func cpuTime() (time.Duration, error) {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0, fmt.Errorf("CPU time: %w", err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()), nil
}
