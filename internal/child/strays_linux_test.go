package child

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func init() {
	roles["script"] = script
	roles["worker"] = worker
	roles["adopter"] = func(args []string) { adopter(args[0]) }
}

// script leaves all that a script can leave: a process of its group, one with a session of its own, and a daemon, whose
// parent is no more. It says their pids and ends with its stdin.
func script([]string) {
	fmt.Println("grouped", bear(false, "idle").Pid)
	fmt.Println("escaped", bear(true, "idle").Pid)
	bear(true, "parent", "idle", "exit", "escape").Wait()
	fmt.Println("ready", os.Getpid())
	io.Copy(io.Discard, os.Stdin)
}

// worker adopts, and starts a script through this package.
func worker([]string) {
	if err := Adopt(); err != nil {
		panic(err)
	}
	spec := self("script")
	spec.Session = true
	io.Copy(os.Stdout, must(spec))
}

// adopter is a process of its own because nothing takes an adoption back. It says what it finds wrong.
func adopter(scene string) {
	for range 2 {
		if err := Adopt(); err != nil {
			panic(err)
		}
	}
	scenes[scene]()
	if len(family.children) > 0 {
		fmt.Println(len(family.children), "children are not forgotten")
	}
}

var scenes = map[string]func(){
	"exit": func() {
		c, left := begin("script")
		for tick := now(); now() == tick; { // or they could be the other's
		}
		other, others := begin("script")
		c.CloseWrite()
		c.Wait()
		expectGone(left)
		expectAlive(others)
		other.CloseWrite()
		other.Wait()
		expectGone(others)
	},
	"kill": func() {
		c, left := begin("script")
		c.Kill()
		c.Wait()
		expectGone(left)
	},
	"worker is killed": func() {
		c, left := begin("worker")
		c.Kill()
		c.Wait()
		expectGone(left)
	},
	"whose it can be": func() {
		other, others := begin("hang")
		c, left := begin("script")
		c.CloseWrite()
		c.Wait()
		expectAlive(others)
		expectAlive(left[1:3])
		other.Kill()
		other.Wait()
		expectGone(left)
	},
	// What stays in the session of its ancestor, though in a group of its own, is nobody else's.
	"its session": func() {
		other, others := begin("hang")
		c := must(Spec{Session: true, Path: "sh", Args: []string{"-c", "set -m; sleep 3600 & echo $!"}})
		var pid int
		fmt.Fscan(c, &pid)
		c.Wait()
		expectGone([]int{pid})
		expectAlive(others)
		other.Kill()
		other.Wait()
	},
	"together": func() {
		a, left := begin("script")
		b, more := begin("script")
		a.Kill()
		b.Kill()
		a.Wait()
		b.Wait()
		expectGone(append(left, more...))
	},
	// An orphan in the session of a child that lives, which waits until the number of the orphan is free.
	"bury": func() {
		c := must(Spec{Session: true, Path: "sh", Args: []string{"-c", `
			pid=$( (sh -c 'echo $$' &) )
			while kill -0 $pid 2>/dev/null; do sleep 0.01; done
			echo $pid`}})
		if got, err := io.ReadAll(c); len(got) < 2 || err != nil {
			fmt.Printf("read %q, %v\n", got, err)
		}
		c.Wait()
	},
	// Children start and end all the time, with a session or not, and none is taken for a stray.
	"crowd": func() {
		ended := make(chan Exit)
		for i := range 8 {
			go func() {
				for j := range 10 {
					spec := self("cat")
					spec.Session = (i+j)%2 == 0
					c := must(spec)
					if _, err := io.WriteString(c, "x"); err != nil {
						fmt.Println("write:", err)
					}
					c.CloseWrite()
					io.Copy(io.Discard, c)
					ended <- c.Wait()
				}
			}()
		}
		for range 80 {
			if e := <-ended; !e.Success() {
				fmt.Println(e)
			}
		}
	},
	"usage": func() {
		busy := `i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done`
		c := must(Spec{Session: true, Path: "sh", Args: []string{"-c", `(sh -c '` + busy + `; echo; exec sleep 3600' &); cat`}})
		c.Read(make([]byte, 1))
		c.CloseWrite()
		if e := c.Wait(); e.User+e.System < 20*time.Millisecond {
			fmt.Println("usage", e.User, e.System)
		}
	},
}

func must(spec Spec) *Child {
	c, err := Start(spec)
	if err != nil {
		panic(err)
	}
	return c
}

// begin starts a role and reads the pids it says until it is ready.
func begin(role string) (*Child, []int) {
	spec := self(role)
	spec.Session, spec.HasChildren = role != "worker", role == "worker"
	c := must(spec)
	var pids []int
	for lines := bufio.NewScanner(c); lines.Scan(); {
		var word string
		var pid int
		fmt.Sscan(lines.Text(), &word, &pid)
		if pid != 0 {
			pids = append(pids, pid)
		}
		if word == "ready" {
			break
		}
	}
	return c, append(pids, c.Pid())
}

func expectGone(pids []int) {
	for i, pid := range pids {
		if !gone(pid) {
			fmt.Println("process", i, "of", len(pids), "lives")
			syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

func expectAlive(pids []int) {
	for i, pid := range pids {
		if gone(pid) {
			fmt.Println("process", i, "of", len(pids), "is gone")
		}
	}
}

// One of our own that is just starting is not yet known by its number. It must not be reaped by another's hand.
func TestStartingChildIsNoStray(t *testing.T) {
	starting := expectStrays(Spec{Session: true})
	p := bear(true, "idle")
	defer p.Wait()
	defer p.Kill()
	found, ok := lookUp(p.Pid)
	if !ok || !leads(found) {
		t.Errorf("%+v can be a stray while it starts", found)
	}
	starting.forget()
	if leads(found) {
		t.Errorf("%+v can be no stray", found)
	}
}

func TestStrays(t *testing.T) {
	for scene := range scenes {
		t.Run(scene, func(t *testing.T) {
			var log strings.Builder
			spec := self("adopter", scene)
			spec.Stderr = &log
			c := start(t, spec)
			within(t, 20*time.Second, "scene played", func() {
				wrong, err := io.ReadAll(c)
				if e := c.Wait(); len(wrong) > 0 || err != nil || !e.Success() {
					t.Errorf("%s%v, %v\n%s", wrong, err, e, log.String())
				}
			})
		})
	}
}
