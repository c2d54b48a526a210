package simulate_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/simulate"
)

// converse runs a command that is given standard input.
func converse(t *testing.T, client *ssh.Client, line string, input io.Reader) (stdout, stderr string, status int) {
	t.Helper()
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	var out, errs bytes.Buffer
	session.Stdin, session.Stdout, session.Stderr = input, &out, &errs
	err = session.Run(line)
	if exit, ok := errors.AsType[*ssh.ExitError](err); ok {
		return out.String(), errs.String(), exit.ExitStatus()
	}
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return out.String(), errs.String(), 0
}

func TestShell(t *testing.T) {
	f := start(t, simulate.Config{Hosts: 1, Seed: 4})
	host := f.Hosts()[0]
	_, client := dial(t, host.Label, clientConfig(t, f))
	r := host.Reading
	address, _, _ := strings.Cut(host.Label, ":")
	inner := `sudo -S -p ASK -- sh -c printf\ READY\ \>\&2\;\ exec\ sh\ -c\ \"\$1\" sh `
	for _, tt := range []struct {
		line, input string
		out, errs   string
		status      int
	}{
		{line: ""},
		{line: "true"},
		{line: "false", status: 1},
		{line: "exit", status: 0},
		{line: "exit 42", status: 42},
		{line: "uname -r", out: r.Kernel + "\n"},
		{line: "uname -sr", out: "Linux " + r.Kernel + "\n"},
		{line: "nproc", out: fmt.Sprintln(*r.CPUs)},
		{line: "hostname", out: address + "\n"},
		{line: `echo a  'b  c' d\ \'e "f  g" ''.`, out: "a b  c d 'e f  g .\n"},
		{line: "echo 'open", errs: "sh: syntax error: unterminated quoted string\n", status: 2},
		{line: "cat", input: "one\ntwo", out: "one\ntwo"},
		{line: "cat /etc/shadow", errs: "cat: /etc/shadow: No such file or directory\n", status: 1},
		{line: "head -c 100000 /dev/zero", out: strings.Repeat("\x00", 100000)},
		{line: "head -c 1000000001 /dev/zero", errs: "usage: head -c N /dev/zero\n", status: 2},
		{line: "sleep 0.01"},
		{line: "sleep nan", errs: "usage: sleep SECONDS\n", status: 2},
		{line: "sudo -n -- echo root", out: "root\n"},
		{line: "sudo -n -- sh -c 'echo root'", out: "root\n"},
		{line: "sudo", errs: "usage: sudo -n -- COMMAND, or sudo -S -p PROMPT -- COMMAND\n", status: 2},
		{line: inner + "cat", input: "simulated\nrest\n", out: "rest\n", errs: "ASKREADY"},
		{line: inner + `echo\ x`, input: "wrong\nsimulated\n", out: "x\n", errs: "ASKSorry, try again.\nASKREADY"},
		{
			line: inner + "true", input: "a\nb\nc\nd\n", status: 1,
			errs: strings.Repeat("ASKSorry, try again.\n", 2) + "ASKsudo: 3 incorrect password attempts\n",
		},
		{line: inner + "true", status: 1, errs: "ASKsudo: no password was provided\n"},
	} {
		out, errs, status := converse(t, client, tt.line, strings.NewReader(tt.input))
		if out != tt.out || errs != tt.errs || status != tt.status {
			t.Errorf("%s: %.200q, %q, status %d", tt.line, out, errs, status)
		}
	}
	out, _, _ := converse(t, client, "uptime", nil)
	if !regexp.MustCompile(`^ \d\d:\d\d:\d\d up \d+ days, [ \d]\d:\d\d,  0 users,  load average: \d+\.\d\d, \d+\.\d\d, \d+\.\d\d\n$`).MatchString(out) {
		t.Errorf("%q", out)
	}
}

// TestSleepEndsWithTheClient holds that neither a client that leaves nor a fleet that closes waits for a command's end.
func TestSleepEndsWithTheClient(t *testing.T) {
	f := start(t, simulate.Config{Hosts: 2})
	config := clientConfig(t, f)
	begin := time.Now()
	for _, host := range f.Hosts() {
		_, client := dial(t, host.Label, config)
		session, err := client.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		if err := session.Start("sleep 3600"); err != nil {
			t.Fatal(err)
		}
		if host.Label == f.Hosts()[0].Label {
			session.Close()
			client.Close()
		}
	}
	if err := f.Close(); err != nil || time.Since(begin) > patience {
		t.Errorf("%v after %v", err, time.Since(begin))
	}
}
