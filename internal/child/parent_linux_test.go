package child

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func init() {
	roles["generous"] = generous
	roles["modest"] = modest
	roles["standing"] = func([]string) { io.Copy(io.Discard, os.Stdin); fmt.Println(standing()) }
}

// generous has something to give, says what, and starts one that gives it up, and a guest from there.
func generous([]string) {
	setStanding("300")
	fmt.Println(standing())
	io.Copy(os.Stdout, must(self("modest")))
}

// modest gives up what muster's workers give up, says what is left, and starts two guests, who say what they have.
func modest([]string) {
	setStanding("1000")
	unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
	fmt.Println(standing())
	for _, asParent := range []bool{false, true} {
		spec := self("standing")
		spec.AsParent = asParent
		c := must(spec)
		c.CloseWrite() // only now it looks
		io.Copy(os.Stdout, c)
		c.Wait()
	}
}

// standing is what a process has of what it can give up.
func standing() string {
	score, _ := os.ReadFile("/proc/self/oom_score_adj")
	return "score " + string(bytes.TrimSpace(score))
}

func setStanding(score string) { os.WriteFile("/proc/self/oom_score_adj", []byte(score), 0) }

func TestAsParent(t *testing.T) {
	out, err := io.ReadAll(start(t, self("generous")))
	said := strings.Split(strings.TrimSpace(string(out)), "\n")
	if err != nil || len(said) != 4 {
		t.Fatalf("%q, %v", out, err)
	}
	theirs, given, usual, asParent := said[0], said[1], said[2], said[3]
	if theirs == given {
		t.Skip("the system lets a process give up nothing: ", theirs)
	}
	if usual != given || asParent != theirs {
		t.Errorf("the parent has %s, this process %s; a child got %s, and as the parent %s", theirs, given, usual, asParent)
	}
}
