package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muster/internal/tier"
)

// fileOf writes a file that only its owner may write to.
func fileOf(t testing.TB, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// What cannot be is an error that says where, before anything is contacted or run.
func TestF86BadFiles(t *testing.T) {
	dir := t.TempDir()
	touched := filepath.Join(dir, "touched")
	for i := range maxFiles + 1 {
		fileOf(t, dir, fmt.Sprintf("many%d", i), "User x\n")
	}
	loop := fileOf(t, dir, "loop", "Include "+filepath.Join(dir, "loop")+"\n")
	open := fileOf(t, dir, "open", "User x\n")
	if err := os.Chmod(open, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, text, want, hint string }{
		{"F86 Port abc", "Host *\n  Port abc\n", `:2: Port: "abc" is no port`, ""},
		{"F86 Match exec refused", "\nMatch exec \"touch " + touched + "\"\n  User x\n", ":2: Match exec runs a command, which --no-local-commands refuses", ""},
		{"F86 Match exec refused beside another", "Match localnetwork 10.0.0.0/8\nMatch exec \"touch " + touched + "\"\n", ":2: Match exec runs a command, which --no-local-commands refuses", ""},
		{"F86 ProxyCommand refused", "ProxyCommand touch " + touched + "\n", ":1: ProxyCommand runs a command, which --no-local-commands refuses", ""},
		{"F86 Include loop", "Include " + loop + "\n", "loop:1: more than 16 files include each other", ""},
		{"F86 very many Includes", "Include " + filepath.Join(dir, "many*") + "\n", "more than 1000 files are included", ""},
		{"F86 others may write", "Include " + open + "\n", "open: permissions 0666: others may write to it", "chmod go-w"},
		{"a directory", "Include " + dir + "\n", "not a regular file", ""},
		{"no closing quote", "User \"x\n", ":1: User: a quote is not closed", ""},
		{"two values", "User a b\n", `:1: User: more than one value: "b"`, ""},
		{"a NUL", "User a\x00b\n", ":1: a NUL byte", ""},
		{"a long line", "User " + strings.Repeat("x", maxLine) + "\n", ":1: a line of more than 65536 bytes", ""},
		{"an unknown condition", "Match weather fine\n", `:1: Match: "weather" is no condition that is known`, ""},
		{"a variable that is not set", "IdentityFile ${MUSTER_NOT_SET}/id\n", "identityfile: ${MUSTER_NOT_SET}/id: no such variable", ""},
		{"a token that is none", "IdentityFile %z\n", `identityfile: %z in "%z" stands for nothing`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			name := fileOf(t, dir, "config", tt.text)
			c, err := Load(Source{File: name, Home: dir, LocalUser: "me", NoCommands: true})
			if err == nil {
				_, err = c.Resolve(context.Background(), Query{Host: "web1"})
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v\nwant %s", err, tt.want)
			}
			if bad, ok := errors.AsType[*Error](err); tt.hint != "" && (!ok || !strings.Contains(bad.Hint(), tt.hint)) {
				t.Errorf("hint of %v", err)
			}
		})
	}
	if _, err := os.Stat(touched); err == nil {
		t.Error("a command was run")
	}
}

// What only ssh can tell it tells, of the hosts that depend on it, and that is said once.
func TestMatchExec(t *testing.T) {
	tier.Needs(t, "ssh")
	dir := t.TempDir()
	name := fileOf(t, dir, "config", "Match originalhost other exec \"false\"\n  User never\nMatch originalhost web1 exec \"true\"\n  User byexec\n  IdentityFile /keys/%h\nHost *\n  Port 2222\n")
	c, err := Load(Source{File: name, Home: dir, LocalUser: "me"})
	if err != nil {
		t.Fatal(err)
	}
	for host, user := range map[string]string{"web1": "byexec", "web2": ""} {
		s, err := c.Resolve(context.Background(), Query{Host: host})
		if err != nil || s.User != user && !(user == "" && s.User == "me") || s.Port != 2222 || (user == "") != (s.IdentityFiles == nil) {
			t.Errorf("%s: %+v, %v", host, s, err)
		}
	}
	if notes := c.Notes(); len(notes) != 1 || !strings.Contains(notes[0], name+":3: Match exec is evaluated by ssh -G") {
		t.Errorf("notes %q", notes)
	}
}

// A Match exec that hangs costs its time, and no more.
func TestMatchExecHangs(t *testing.T) {
	tier.Needs(t, "ssh")
	c, err := Load(Source{File: fileOf(t, t.TempDir(), "config", "Match exec \"sleep 60\"\n"), LocalUser: "me"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	began := time.Now()
	if _, err := c.Resolve(ctx, Query{Host: "web1"}); err == nil || time.Since(began) > 3*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

// What is not honoured is said, once and where, unless the file says not to; what makes no difference is not.
func TestNotes(t *testing.T) {
	name := fileOf(t, t.TempDir(), "config", strings.Join([]string{
		"IgnoreUnknown Use*,Fancy", "UseSomething yes", "Fancy x", "Wonder y", "BindInterface eth7", "GSSAPIAuthentication yes", "LocalCommand rm -rf /",
		"PKCS11Provider none", "PKCS11Provider /lib/p.so", "HostbasedAuthentication no",
	}, "\n"))
	c, err := Load(Source{File: name})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		name + `:4: "Wonder" is no option that is known here, and ignored`,
		name + `:5: BindInterface is not honoured; --transport openssh does`,
		name + `:9: PKCS11Provider is not honoured; --transport openssh does`,
	}
	if got := c.Notes(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// The user's file counts before the machine's; either may be missing.
func TestTwoFiles(t *testing.T) {
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, ".ssh"), 0o700); err != nil {
		t.Fatal(err)
	}
	user := fileOf(t, filepath.Join(home, ".ssh"), "config", "Host web1\n User mine\nInclude more\n")
	fileOf(t, filepath.Join(home, ".ssh"), "more", "HostName included\n")
	system := fileOf(t, home, "ssh_config", "User theirs\nPort 77\n")
	for _, tt := range []struct {
		user, system, host string
		want               Settings
	}{
		{user, system, "web1", Settings{HostName: "included", User: "mine", Port: 77}},
		{user, system, "web2", Settings{HostName: "web2", User: "theirs", Port: 77}},
		{filepath.Join(home, "none"), system, "web1", Settings{HostName: "web1", User: "theirs", Port: 77}},
		{user, filepath.Join(home, "none"), "web2", Settings{HostName: "web2"}},
	} {
		c, err := Load(Source{User: tt.user, System: tt.system, Home: home, LocalUser: "me"})
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Resolve(context.Background(), Query{Host: tt.host})
		if err != nil || got.HostName != tt.want.HostName || got.User != tt.want.User || got.Port != tt.want.Port {
			t.Errorf("%s: %+v, %v", tt.host, got, err)
		}
	}
	if _, err := Load(Source{File: filepath.Join(home, "none")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that was asked for and is not there: %v", err)
	}
}

// FuzzConfig reads arbitrary files: they are evaluated, or refused with an error that says where, within bounds and without a
// command being run.
func FuzzConfig(f *testing.F) {
	for _, seed := range []string{
		"", "Host *\n", "Host a !b *.c\n  HostName %h.x\n  User \"a b\"\n", "Match host a user b !final all\n", "Include DIR/config\nInclude DIR/*\n",
		"Port abc", "Match exec \"touch DIR/touched\"\n", "ProxyCommand touch DIR/touched\n", "IdentityFile ${HOME}/%z\n", "User \"\n", "=\n", "Host=a\nPort=1\n",
		"ProxyJump a,b\n", "\x00\xff\n", "CanonicalizeHostname yes\n", "IgnoreUnknown *\nFoo bar\n", "Match final\nHostName x\n", strings.Repeat("*a", 300), "Match\n", "\"Port\" 22\n",
	} {
		f.Add(seed, "web1")
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text, host string) {
		name := fileOf(t, dir, "config", strings.ReplaceAll(text, "DIR", dir))
		began := time.Now()
		c, err := Load(Source{File: name, Home: dir, LocalUser: "me", NoCommands: true})
		if err == nil {
			_, err = c.evaluate(Query{Host: host}).settings()
		}
		if bad, ok := errors.AsType[*Error](err); err != nil && (!ok && !errors.Is(err, os.ErrInvalid) && !strings.Contains(err.Error(), dir) || ok && bad.Reason == "") {
			t.Errorf("%v", err)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("took %v", took)
		}
		if _, err := os.Stat(filepath.Join(dir, "touched")); err == nil {
			t.Error("a command was run")
		}
	})
}

// BenchmarkResolve evaluates 5,000 blocks for a host.
func BenchmarkResolve(b *testing.B) {
	var text strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&text, "Host node%d n%d.example.com\n  HostName 10.0.%d.%d\n  User u%d\n", i, i, i/250, i%250, i%7)
	}
	c, err := Load(Source{File: fileOf(b, b.TempDir(), "config", text.String()), LocalUser: "me"})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if s, err := c.Resolve(context.Background(), Query{Host: "node4711"}); err != nil || s.User != "u0" {
			b.Fatal(s, err)
		}
	}
}
