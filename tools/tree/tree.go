// Package tree finds, measures and ends what processes have started.
package tree

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Process is one that is alive: a zombie is not.
type Process struct {
	PID    int
	parent int
	Name   string
}

// Adopt has whatever leaves a child of this process become its child, so that all of it is found.
func Adopt() error {
	return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
}

// Below are the living processes that descend from one, itself left out, and so do not those of except.
func Below(pid, except int) []Process {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	children := map[int][]Process{}
	dead := map[int]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		open, shut := strings.IndexByte(string(text), '('), strings.LastIndexByte(string(text), ')')
		if err != nil || open < 0 || shut < 0 {
			continue // it has ended
		}
		p := Process{Name: string(text[open+1 : shut])}
		p.PID, _ = strconv.Atoi(string(text[:open-1]))
		fields := strings.Fields(string(text[shut+1:]))
		p.parent, _ = strconv.Atoi(fields[1])
		dead[p.PID] = fields[0] == "Z" || fields[0] == "X"
		children[p.parent] = append(children[p.parent], p)
	}
	var found []Process
	for queue := []int{pid}; len(queue) > 0; queue = queue[1:] {
		for _, p := range children[queue[0]] {
			if p.PID == except {
				continue
			}
			queue = append(queue, p.PID)
			if !dead[p.PID] {
				found = append(found, p)
			}
		}
	}
	return found
}

// EndAll kills all processes that we have, but for one and its own, until there are none.
func EndAll(except int) error {
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		left := Below(os.Getpid(), except)
		for _, p := range left {
			unix.Kill(p.PID, unix.SIGKILL)
		}
		reap(except)
		if len(left) == 0 {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("still alive: %v", left)
		}
	}
}

// reap waits for those that became our children when their parent died.
func reap(except int) {
	files, _ := filepath.Glob("/proc/self/task/*/children")
	for _, file := range files {
		text, _ := os.ReadFile(file)
		for _, word := range strings.Fields(string(text)) {
			if pid, err := strconv.Atoi(word); err == nil && pid != except {
				unix.Wait4(pid, nil, unix.WNOHANG, nil)
			}
		}
	}
}
