package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// process is one that is alive: a zombie is not.
type process struct {
	pid, parent int
	name        string
}

// below are the living processes that descend from one, itself left out, and so do not those of except.
func below(pid, except int) []process {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	children := map[int][]process{}
	dead := map[int]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		open, shut := strings.IndexByte(string(text), '('), strings.LastIndexByte(string(text), ')')
		if err != nil || open < 0 || shut < 0 {
			continue // it has ended
		}
		p := process{name: string(text[open+1 : shut])}
		p.pid, _ = strconv.Atoi(string(text[:open-1]))
		fields := strings.Fields(string(text[shut+1:]))
		p.parent, _ = strconv.Atoi(fields[1])
		dead[p.pid] = fields[0] == "Z" || fields[0] == "X"
		children[p.parent] = append(children[p.parent], p)
	}
	var found []process
	for queue := []int{pid}; len(queue) > 0; queue = queue[1:] {
		for _, p := range children[queue[0]] {
			if p.pid == except {
				continue
			}
			queue = append(queue, p.pid)
			if !dead[p.pid] {
				found = append(found, p)
			}
		}
	}
	return found
}

// endAll kills all processes that we have, but for one and its own, until there are none.
func endAll(except int) error {
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		left := below(os.Getpid(), except)
		for _, p := range left {
			unix.Kill(p.pid, unix.SIGKILL)
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

// named counts the processes of a name.
func named(processes []process, name string) int {
	return len(slices.DeleteFunc(slices.Clone(processes), func(p process) bool { return p.name != name }))
}
