package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
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
	big := fileOf(t, dir, "big", strings.Repeat("# "+strings.Repeat("x", 1000)+"\n", 9<<10))
	open := fileOf(t, dir, "open", "User x\n")
	if err := os.Chmod(open, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, text, want, hint string }{
		{"F86 Port abc", "Host *\n  Port abc\n", `:2: Port: "abc" is no port`, ""},
		{"F86 Match exec refused", "\nMatch exec \"touch " + touched + "\"\n  User x\n", ":2: Match exec runs a command, which --no-local-commands refuses", ""},
		{"F86 ProxyCommand refused", "ProxyCommand touch " + touched + "\n", ":1: ProxyCommand runs a command, which --no-local-commands refuses", ""},
		{"F86 Match exec behind what only ssh can tell", "Match localnetwork 127.0.0.0/8\n  User x\nMatch exec \"touch " + touched + "\"\n  User x\n", ":1: Match localnetwork is for ssh -G to evaluate, which --no-local-commands refuses", ""},
		{"F86 Match exec behind CanonicalizeHostname", "CanonicalizeHostname yes\nHost other\nMatch originalhost other exec \"touch " + touched + "\"\n", ":1: CanonicalizeHostname is for ssh -G to evaluate, which", ""},
		{"F86 Match exec in disguise", "CanonicalizeHostname yes\nMat\"ch\" exec \"touch " + touched + "\"\n", ":2: Match exec runs a command, which", ""},
		{"F86 CanonicalizePermittedCNAMEs", "CanonicalizePermittedCNAMEs *:*\n", ":1: CanonicalizePermittedCNAMEs is for ssh -G to evaluate, which", ""},
		{"F86 Include loop", "Include " + loop + "\n", "loop:1: Include: more than 16 files include each other", ""},
		{"F86 very many Includes", "Include " + filepath.Join(dir, "many*") + "\n", "more than 1000 files are included", ""},
		{"F86 large Includes", "Include " + big + " " + big + "\n", "big: with the files before it, more than 16777216 bytes", ""},
		{"F86 others may write", "Include " + open + "\n", "open: permissions 0666: others may write to it", "chmod go-w"},
		{"a directory", "Include " + dir + "\n", "not a regular file", ""},
		{"no closing quote", "User \"x\n", ":1: User: a quote is not closed", ""},
		{"two values", "User a b\n", `:1: User: more than one value: "b"`, ""},
		{"a NUL", "User a\x00b\n", ":1: a NUL byte", ""},
		{"a long line", "User " + strings.Repeat("x", maxLine) + "\n", ":1: a line of more than 65536 bytes", ""},
		{"an unknown condition", "Match weather fine\n", `:1: Match: "weather" is no condition that is known`, ""},
		{"a variable that is not set", "IdentityFile ${MUSTER_NOT_SET}/id\n", ":1: IdentityFile: ${MUSTER_NOT_SET}: no such variable", ""},
		{"no jump host", "Host other\n  ProxyJump a,b:70000\n", `:2: ProxyJump: "b:70000" is not [USER@]HOST[:PORT]`, ""},
		{"a refusal", "Host web*\n  RefuseConnection \"moved to web9\"\n", ":2: RefuseConnection: moved to web9", ""},
		{"a long time", "ConnectTimeout 2147483647w2147483647w2147483647w", ":1: ConnectTimeout: ", ""},
		{"nobody's home", "IdentityFile ~muster-nobody/id\n", ":1: IdentityFile: user: unknown user muster-nobody", ""},
		{"no file but others", "UserKnownHostsFile /a none\n", ":1: UserKnownHostsFile: none stands alone", ""},
		{"a host's name with more than %h", "HostName %u\n", `:1: HostName: %u in "%u" stands for nothing`, ""},
		{"a token that is none", "IdentityFile %z\n", `:1: IdentityFile: %z in "%z" stands for nothing`, ""},
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

// Where ssh would read other files than these, it is not asked.
func TestOtherHome(t *testing.T) {
	home := t.TempDir()
	c, err := Load(Source{User: fileOf(t, home, "config", "Match exec true\n"), Home: home, LocalUser: "me"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Resolve(context.Background(), Query{Host: "web1"}); err == nil || !strings.Contains(err.Error(), "config:1: Match exec is for ssh -G to evaluate, which reads ") {
		t.Error(err)
	}
}

// Files whose names begin with a dot are not among those that a star stands for, and they come in order.
func TestGlob(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.conf", "a.conf", ".a.conf.swp", ".hidden.conf", "c.conf~"} {
		fileOf(t, dir, name, "")
	}
	for pattern, want := range map[string]string{"*.conf": "a.conf b.conf", "[!a]*": "b.conf c.conf~", ".h*": ".hidden.conf", "?.none": "", "./*a.conf": "a.conf"} {
		names, err := glob(dir + "/" + pattern)
		for i := range names {
			names[i] = filepath.Base(names[i])
		}
		if got := strings.Join(names, " "); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", pattern, got, err, want)
		}
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

// What some versions of ssh expand and others do not, the one that is here tells.
func TestVersions(t *testing.T) {
	tier.Needs(t, "ssh")
	dir := t.TempDir()
	t.Setenv("MUSTER_TEST_DIR", dir)
	fileOf(t, dir, "more", "Port 77\n")
	for _, text := range []string{"User u%%\n", "Include ${MUSTER_TEST_DIR}/more\n"} {
		source := Source{File: fileOf(t, dir, "config", "Host web1\n"+text), LocalUser: "me"}
		c, err := Load(source)
		if err != nil {
			t.Fatal(err)
		}
		want, err1 := askSSH(&Config{source: source}, Query{Host: "web1"})
		got, err2 := c.Resolve(context.Background(), Query{Host: "web1"})
		if err := errors.Join(err1, err2); err != nil || got.User != want.User || got.Port != want.Port || len(c.Notes()) != 1 {
			t.Errorf("%s: %+v, %v\nwant %+v; notes %q", text, got, err, want, c.Notes())
		}
		if _, err := c.Resolve(context.Background(), Query{Host: "web2"}); err != nil || len(c.Notes()) != 1 {
			t.Errorf("%s for another host: %v, notes %q", text, err, c.Notes())
		}
	}
}

// Many may ask at once, and what is to be said is said once.
func TestConcurrentResolve(t *testing.T) {
	tier.Needs(t, "ssh")
	c, err := Load(Source{File: fileOf(t, t.TempDir(), "config", "Match exec true\n  User byexec\n"), LocalUser: "me"})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			s, err := c.Resolve(context.Background(), Query{Host: fmt.Sprintf("web%d", i)})
			if err != nil || s.User != "byexec" || s.HostName != fmt.Sprintf("web%d", i) {
				t.Errorf("web%d: %+v, %v", i, s, err)
			}
		})
	}
	all.Wait()
	if notes := c.Notes(); len(notes) != 1 {
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
		"IgnoreUnknown Use*,Fancy", "UseSomething yes", "Fancy x", "", "BindInterface eth7", "GSSAPIAuthentication yes", "LocalCommand rm -rf /",
		"PKCS11Provider none", "PKCS11Provider /lib/p.so", "HostbasedAuthentication no", "UserKnownHostsFile2 /x", "RequiredRSASize 3072",
	}, "\n"))
	c, err := Load(Source{File: name})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		name + `:5: BindInterface is not honoured; --transport openssh does`,
		name + `:9: PKCS11Provider is not honoured; --transport openssh does`,
		name + `:12: RequiredRSASize is not honoured; --transport openssh does`,
	}
	if got := c.Notes(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// Of an option that is not known here ssh is asked: what it does not know either is an error, for what stands behind it may
// be about other hosts than was meant.
func TestUnknownOption(t *testing.T) {
	tier.Needs(t, "ssh")
	name := fileOf(t, t.TempDir(), "config", "Host web1\n User root\nHots dev*\n StrictHostKeyChecking no\n")
	for _, refuse := range []bool{false, true} {
		c, err := Load(Source{File: name, NoCommands: refuse})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Resolve(context.Background(), Query{Host: "web1"}); err == nil || !strings.Contains(err.Error(), name+":3: ") {
			t.Errorf("%v", err)
		}
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
		if rest := strings.ReplaceAll(text, "DIR/", ""); strings.ContainsAny(rest, "/~") && strings.Contains(strings.ToLower(text), "include") {
			return // It may read files that are none of the test's.
		}
		name := fileOf(t, dir, "config", strings.ReplaceAll(text, "DIR", dir))
		began := time.Now()
		c, err := Load(Source{File: name, Home: dir, LocalUser: "me", NoCommands: true})
		if err == nil {
			_, err = c.Resolve(context.Background(), Query{Host: host})
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
