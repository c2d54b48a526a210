package launch

import (
	"bufio"
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// workerTasks is how many processes and threads a worker process takes: seven of its own, one in its parent, and those of
// a script that does not start many.
const workerTasks = 10

// spareTasks is how many processes and threads may come and go that are not counted here: our own threads, and others' too.
const spareTasks = 8

// MaxWorkers is for how many more worker processes there are processes and threads, by the limits of the user and of the
// control groups that this process is in. A Go program that is refused a thread does not fail but ends: so it is counted
// before.
func MaxWorkers() int { return (freeTasks() - spareTasks) / workerTasks }

// freeTasks is how many processes and threads more there may be; the kernel calls both tasks.
func freeTasks() int {
	free := math.MaxInt
	var limit unix.Rlimit
	if os.Getuid() != 0 && unix.Getrlimit(unix.RLIMIT_NPROC, &limit) == nil && limit.Cur < math.MaxInt32 { // it does not bind root
		free = freeOfUser(int(limit.Cur))
	}
	for _, dir := range pidGroups() {
		if most, limited := number(filepath.Join(dir, "pids.max")); limited {
			now, _ := number(filepath.Join(dir, "pids.current"))
			free = min(free, most-now)
		}
	}
	return free
}

// freeOfUser is what is left to our user of a limit. Its tasks are only counted one by one where those of all users
// together might come near.
func freeOfUser(limit int) int {
	if all := allTasks(); all > 0 && limit-all > spareTasks+64*workerTasks {
		return limit - all
	}
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		status, _ := os.ReadFile(filepath.Join(dir, "status"))
		if field(status, "Uid:") == strconv.Itoa(os.Getuid()) {
			threads, _ := strconv.Atoi(field(status, "Threads:"))
			limit -= threads
		}
	}
	return limit
}

// allTasks is how many there are in the machine, as proc_loadavg(5) says: the number after the slash. 0 where it does not.
func allTasks() int {
	text, _ := os.ReadFile("/proc/loadavg")
	_, rest, _ := bytes.Cut(text, []byte("/"))
	n, _, _ := bytes.Cut(rest, []byte(" "))
	all, _ := strconv.Atoi(string(n))
	return all
}

// field is the first word after name in a file such as proc_pid_status(5).
func field(text []byte, name string) string {
	for line := range bytes.Lines(text) {
		if words := bytes.Fields(line); len(words) > 1 && string(words[0]) == name {
			return string(words[1])
		}
	}
	return ""
}

// pidGroups lists the directories of the control groups that bound how many tasks this process's may have: its own and
// those above it, of either version. They are looked for where every distribution mounts them.
func pidGroups() []string {
	file, err := os.Open("/proc/self/cgroup")
	if err != nil {
		return nil
	}
	defer file.Close()
	var dirs []string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		parts := strings.SplitN(lines.Text(), ":", 3) // hierarchy, controllers, path
		if len(parts) < 3 || parts[1] != "" && parts[1] != "pids" {
			continue
		}
		root := filepath.Join("/sys/fs/cgroup", parts[1])
		for path := filepath.Clean(parts[2]); ; path = filepath.Dir(path) {
			dirs = append(dirs, filepath.Join(root, path))
			if path == "/" || path == "." {
				break
			}
		}
	}
	return dirs
}

// number reads a file of one number, and reports whether there is one: "max" is none.
func number(file string) (int, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	n, err := strconv.Atoi(string(bytes.TrimSpace(text)))
	return n, err == nil
}
