package child

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

// roleKey names the variable that makes the test binary play a child instead of running tests.
const roleKey = "CHILD_TEST_ROLE"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleKey); role != "" {
		play, ok := roles[role]
		if !ok {
			panic("no such role: " + role)
		}
		play(os.Args[1:])
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// roles are the children that tests start, each with one vice.
var roles = map[string]func(args []string){
	"cat":    func([]string) { io.Copy(os.Stdout, os.Stdin) },
	"exit":   func(args []string) { os.Exit(number(args[0])) },
	"panic":  func(args []string) { panic(args[0]) },
	"env":    func(args []string) { fmt.Print(os.Args[0], " ", os.Getenv(args[0])) },
	"lines":  func(args []string) { lines(number(args[0])) },
	"hang":   func([]string) { hang() },
	"flood":  func(args []string) { flood(os.Stderr, number(args[0])) },
	"babble": func([]string) { babble() },
	"signal": func(args []string) { syscall.Kill(os.Getpid(), syscall.Signal(number(args[0]))); stay() },
	"ids": func([]string) {
		sid, _ := unix.Getsid(0)
		fmt.Println(os.Getpid(), syscall.Getpgrp(), sid)
	},
	"deaf": func([]string) { // to its stdin and to every signal that can be ignored
		signal.Ignore(syscall.SIGTERM, syscall.SIGPIPE)
		fmt.Println("ready")
		stay()
	},
	"idle": func([]string) {
		signal.Ignore(syscall.SIGTERM, syscall.SIGPIPE)
		stay()
	},
	"parent":    parent,
	"patient":   patient,
	"hold":      hold,
	"nest":      nest,
	"testament": testament,
	"silence":   func([]string) { os.Stdout.Close(); io.Copy(io.Discard, os.Stdin) },
}

func lines(n int) {
	w := bufio.NewWriterSize(os.Stdout, 1) // a write a line
	for i := range n {
		fmt.Fprintf(w, "line %04d %s\n", i, strings.Repeat("x", 90))
		w.Flush()
	}
}

// stay lasts longer than any test. (A bare select would be found out as a deadlock.)
func stay() { time.Sleep(time.Hour) }

func hang() {
	fmt.Println("ready")
	stay()
}

// hold has as many megabytes resident as the first argument says, and a child that holds the others.
func hold(args []string) {
	if len(args) > 1 {
		bear(false, "hold", args[1:]...)
	}
	held := bytes.Repeat([]byte{1}, number(args[0])<<20)
	hang()
	runtime.KeepAlive(held)
}

func flood(w io.Writer, megabytes int) {
	fmt.Fprintln(w, "the first line")
	block := bytes.Repeat([]byte("0123456789abcde\n"), 1<<16)
	for range megabytes {
		w.Write(block)
	}
	fmt.Fprintln(w, "the last line")
}

func babble() {
	for {
		if _, err := os.Stdout.Write(make([]byte, 1<<16)); err != nil {
			return
		}
	}
}

// parent starts a grandchild in the role given, says its pid, and does then what it is told: "exit" or "stay". With
// "escape" the grandchild has a session of its own. It inherits stdout and stderr.
func parent(args []string) {
	role, how, escape := args[0], args[1], len(args) > 2
	fmt.Println("grandchild", bear(escape, role).Pid)
	if how == "stay" {
		stay()
	}
}

// bear starts a process without this package. It inherits stdout and stderr, and the session too unless it escapes.
func bear(escape bool, role string, args ...string) *os.Process {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		panic(err)
	}
	p, err := os.StartProcess(self, append([]string{"grandchild"}, args...), &os.ProcAttr{
		Env:   []string{roleKey + "=" + role, "GORACE=atexit_sleep_ms=0"},
		Files: []*os.File{null, os.Stdout, os.Stderr},
		Sys:   &syscall.SysProcAttr{Setsid: escape},
	})
	if err != nil {
		panic(err)
	}
	return p
}

// nest starts a child through this package, says its pid, and stays.
func nest(args []string) {
	spec := self(args[0], args[1:]...)
	spec.HasChildren = args[0] == "testament"
	c, err := Start(spec)
	if err != nil {
		panic(err)
	}
	fmt.Println("child", c.Pid())
	io.Copy(os.Stderr, c)
	c.Wait()
	stay()
}

// testament says in a file that it got SIGTERM. The file is there, empty, once it can.
func testament(args []string) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM)
	os.WriteFile(args[0], nil, 0o600)
	<-asked
	os.WriteFile(args[0], []byte("terminated"), 0o600)
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}

// self is the Spec of this test binary in a role.
func self(role string, args ...string) Spec {
	path, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return Spec{Path: path, Args: args, Env: append(os.Environ(), roleKey+"="+role, "GORACE=atexit_sleep_ms=0", "GOTRACEBACK=single")}
}

// start starts a role, and ends it with the test.
func start(t *testing.T, spec Spec) *Child {
	t.Helper()
	c, err := Start(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Kill()
		io.Copy(io.Discard, c)
		c.Wait()
	})
	return c
}

// readLine reads one line, byte by byte, so that nothing after it is lost.
func readLine(t *testing.T, r io.Reader) string {
	t.Helper()
	var line []byte
	for b := make([]byte, 1); ; {
		if _, err := io.ReadFull(r, b); err != nil {
			t.Fatalf("read line after %q: %v", line, err)
		}
		if b[0] == '\n' {
			return string(line)
		}
		line = append(line, b[0])
	}
}

// eventually polls until ok, and fails the test when it is not in time.
func eventually(t *testing.T, within time.Duration, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", within, what)
		}
	}
}

// gone reports whether process pid is no more, or no more than a zombie that its parent has not reaped yet.
func gone(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return syscall.Kill(pid, 0) == syscall.ESRCH
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(after, "Z") || strings.HasPrefix(after, "X")
}
