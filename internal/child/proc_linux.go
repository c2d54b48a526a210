package child

import (
	"bytes"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// process is what /proc says of one. Its numbers are safe to act on only while somebody keeps it from being reaped.
type process struct {
	pid, parent, session int
	start                int64 // ticks after boot, rounded down
}

// ticks of a second: the kernel's USER_HZ, which is 100 wherever Go runs.
const ticks = 100

// now is when a process that starts now says it did.
func now() int64 {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &t) // it cannot fail
	return t.Nano() / (1e9 / ticks)
}

func lookUp(pid int) (process, bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return process{}, false
	}
	return parseStat(pid, stat)
}

// parseStat reads proc_pid_stat(5). The name in it, in parentheses, is the process's own choice: it may hold any of them.
func parseStat(pid int, stat []byte) (process, bool) {
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 20 {
		return process{}, false
	}
	p := process{pid: pid}
	var err [3]error
	p.parent, err[0] = strconv.Atoi(string(fields[1]))
	p.session, err[1] = strconv.Atoi(string(fields[3]))
	p.start, err[2] = strconv.ParseInt(string(fields[19]), 10, 64)
	return p, err == [3]error{}
}

// children lists the children of all threads of a process. One that is started or reaped meanwhile may hide another.
func children(pid int) []int {
	if _, err := os.Stat("/proc/thread-self/children"); err != nil {
		return childrenByParent(pid) // a kernel without CONFIG_PROC_CHILDREN
	}
	var pids []int
	for _, tid := range numbers(fmt.Sprintf("/proc/%d/task", pid)) {
		list, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, tid))
		for field := range bytes.FieldsSeq(list) {
			if n, err := strconv.Atoi(string(field)); err == nil {
				pids = append(pids, n)
			}
		}
	}
	return pids
}

func childrenByParent(parent int) []int {
	var pids []int
	for _, pid := range numbers("/proc") {
		if p, ok := lookUp(pid); ok && p.parent == parent {
			pids = append(pids, pid)
		}
	}
	return pids
}

// numbers lists the entries of a directory that are numbers.
func numbers(dir string) []int {
	d, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer d.Close()
	names, _ := d.Readdirnames(-1)
	var ns []int
	for _, name := range names {
		if n, err := strconv.Atoi(name); err == nil {
			ns = append(ns, n)
		}
	}
	return ns
}
