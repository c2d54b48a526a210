package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os/exec"
	"strconv"
	"time"
)

// againstLoop compares the CPU and wall time per host of muster, as two processes with 64 hosts in flight each, with the
// bare loop's, with 128 in flight.
func (b *bench) againstLoop(hosts int) error {
	fleet, err := b.simulate(hosts)
	if err != nil {
		return err
	}
	defer fleet.stop()
	var cpu, wall, ours, loops []float64
	for round := range b.rounds + 1 { // the first is to warm up
		mine, _, err := b.collect(fleet, hosts, "-n", "2", "-f", "64")
		if err != nil {
			return err
		}
		loop, err := measure(b.loop, "-dir", fleet.dir, "-f", "128")
		if err != nil {
			return err
		}
		if n, _ := strconv.Atoi(string(loop.out[:max(len(loop.out)-1, 0)])); n != hosts {
			return fmt.Errorf("bare loop: %d hosts ok, not %d", n, hosts)
		}
		if round > 0 {
			cpu = append(cpu, mine.cpu.Seconds()/loop.cpu.Seconds())
			wall = append(wall, mine.wall.Seconds()/loop.wall.Seconds())
			ours = append(ours, mine.cpu.Seconds()/float64(hosts)*1e6)
			loops = append(loops, loop.cpu.Seconds()/float64(hosts)*1e6)
		}
	}
	fmt.Printf("%d hosts, hybrid -n 2 -f 64 against the bare loop with 128 in flight, median of %d interleaved:\n", hosts, b.rounds)
	fmt.Printf("  CPU per host  %.0f us against %.0f us, ratio %.2f\n  wall          ratio %.2f\n", median(ours), median(loops), median(cpu), median(wall))
	return nil
}

// start times what every worker pays: from the start of its process to its hello.
func (b *bench) start() error {
	var hello, version []time.Duration
	for range 10 * b.rounds {
		took, err := b.hello()
		if err != nil {
			return err
		}
		hello = append(hello, took)
		v, err := measure(b.muster, "--version")
		if err != nil {
			return err
		}
		version = append(version, v.wall)
	}
	fmt.Printf("worker start to hello  median %.1f ms\nmuster --version       median %.1f ms\n", ms(median(hello)), ms(median(version)))
	return nil
}

func (b *bench) hello() (time.Duration, error) {
	cmd := exec.Command(b.muster, "worker")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return 0, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	var frame struct{ Hello map[string]any }
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	took := time.Since(began)
	if err == nil {
		err = json.Unmarshal(line, &frame)
	}
	stdin.Close()
	cmd.Wait()
	return took, err
}

func ms(d time.Duration) float64 { return d.Seconds() * 1000 }

// memory prints the peaks of the parent and of its largest worker, and what a host adds to the parent.
func (b *bench) memory() error {
	var peaks []int64
	sizes := []int{1000, 10_000}
	for _, hosts := range sizes {
		fleet, err := b.simulate(hosts)
		if err != nil {
			return err
		}
		got, d, err := b.collect(fleet, hosts, "-n", "4", "-f", "64")
		fleet.stop()
		if err != nil {
			return err
		}
		var worker int64
		for _, w := range d.Workers {
			worker = max(worker, w.MaxRSS)
		}
		peaks = append(peaks, got.peak)
		fmt.Printf("%6d hosts, hybrid -n 4 -f 64: parent's VmHWM %.1f MB, largest worker's %.1f MB, %.1f s\n",
			hosts, mb(got.peak), mb(worker), got.wall.Seconds())
	}
	fmt.Printf("the parent grows by %d bytes a host\n", (peaks[1]-peaks[0])/int64(sizes[1]-sizes[0]))
	return nil
}

func mb(n int64) float64 { return float64(n) / (1 << 20) }

// hanging are the kinds of fault that take a host's whole time.
const hanging = "silent=20,banner-stall=20,banner-drip=20,kex-stall=20,session-stall=20,exec-stall=20"

// faults holds a run with every kind of fault against one without: hosts that hang cost their own time and no other.
func (b *bench) faults() error {
	const hosts, hung, t, u = 1000, 120, 2, 4
	args := []string{"-n", "4", "-f", "16", "-t", "2s", "-u", "4s", "--retries", "0"}
	calm, err := b.simulate(hosts)
	if err != nil {
		return err
	}
	undisturbed, _, err := b.collect(calm, hosts, args...)
	calm.stop()
	if err != nil {
		return err
	}
	const quick = "refuse=20,close=20,not-ssh=20,wrong-key=20,auth-refuse=20,exit=20,endless=20,garbage=20,escape=20,reset=20"
	faulty, err := b.simulate(hosts, "--faults", hanging+","+quick+",slow=20")
	if err != nil {
		return err
	}
	disturbed, _, err := b.collect(faulty, hosts-hung-200, args...)
	faulty.stop()
	if err != nil {
		return err
	}
	bound := undisturbed.wall.Seconds() + math.Ceil(hung/64.0)*(t+u) + 1
	fmt.Printf("%d hosts, every kind of fault but poison, %d of them hanging, 64 in flight: %.1f s; undisturbed %.1f s; bound %.1f s\n",
		hosts, hung, disturbed.wall.Seconds(), undisturbed.wall.Seconds(), bound)
	if disturbed.wall.Seconds() > bound {
		fmt.Println("  OVER THE BOUND")
	}
	return nil
}
