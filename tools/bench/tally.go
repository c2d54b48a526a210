package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"muster/tools/tree"
)

// stuck is when a client that has not ended is given up.
const stuck = 20 * time.Minute

// tally runs a client to its end and counts all that it started. What has left it, as a master of OpenSSH does, has become a
// child of ours; it is ended, and what it used is counted, though nobody waits for it. An exit code is no error. Where memory is
// watched, which takes time from who is measured, only the peak is to be used.
func (b *bench) tally(words []string, fleet int, memory bool) (sample, error) {
	out, err := os.Create(filepath.Join(b.dir, "stdout"))
	if err != nil {
		return sample{}, err
	}
	defer out.Close()
	errs, err := os.Create(filepath.Join(b.dir, "stderr"))
	if err != nil {
		return sample{}, err
	}
	defer errs.Close()
	ctx, cancel := context.WithTimeout(context.Background(), stuck)
	defer cancel()
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(), "HOME="+b.dir, "SSH_AUTH_SOCK=")
	cmd.Stdout, cmd.Stderr = out, errs // files: what has left may hold them open
	before := used()
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return sample{}, err
	}
	ended, peak := make(chan struct{}), make(chan int64)
	if memory {
		go watchTree(fleet, ended, peak)
	}
	err = cmd.Wait()
	s := sample{wall: time.Since(began)}
	if memory {
		close(ended)
		s.peak = <-peak
	}
	if left := tree.EndAll(fleet); left != nil {
		return s, left
	}
	s.cpu = used() - before
	if _, isExit := err.(*exec.ExitError); err != nil && !isExit {
		return s, err
	}
	if ctx.Err() != nil {
		return s, fmt.Errorf("not done after %v", stuck)
	}
	s.out, err = os.ReadFile(out.Name())
	return s, err
}

// used is the CPU time of all children that were waited for, and of theirs.
func used() time.Duration {
	var usage unix.Rusage
	unix.Getrusage(unix.RUSAGE_CHILDREN, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// watchTree looks at the memory of all that we have started but the fleet, again and again.
func watchTree(fleet int, ended <-chan struct{}, peak chan<- int64) {
	var most int64
	for poll := time.NewTicker(10 * time.Millisecond); ; {
		most = max(most, tree.Memory(tree.Below(os.Getpid(), fleet)))
		select {
		case <-ended:
			peak <- most
			return
		case <-poll.C:
		}
	}
}

// lastWords is the end of what the last client said.
func (b *bench) lastWords() string {
	text, _ := os.ReadFile(filepath.Join(b.dir, "stderr"))
	return string(text[max(0, len(text)-300):])
}
