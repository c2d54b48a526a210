package sshconf

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

func TestJudge(t *testing.T) {
	a, b, other := testKey(t), testKey(t), otherTypeKey(t)
	tests := []struct {
		name  string
		lines []string
		host  string
		key   ssh.PublicKey
		want  fleet.Decision
	}{
		{"F34 no lines", nil, "h", a, fleet.Unknown},
		{"plain", []string{"h " + text(a)}, "h", a, fleet.Accept},
		{"plain among others", []string{"g,h,[h]:2222 " + text(a)}, "h", a, fleet.Accept},
		{"case", []string{"H.Example " + text(a)}, "h.example", a, fleet.Accept},
		{"F35 another key", []string{"h " + text(b)}, "h", a, fleet.Changed},
		{"F37 another type", []string{"h " + text(other)}, "h", a, fleet.Changed},
		{"F36 several keys", []string{"h " + text(b), "h " + text(a)}, "h", a, fleet.Accept},
		{"F34 another host", []string{"g " + text(a)}, "h", a, fleet.Unknown},
		{"port", []string{"[h]:2222 " + text(a)}, "[h]:2222", a, fleet.Accept},
		{"another port", []string{"[h]:2222 " + text(a)}, "[h]:2223", a, fleet.Unknown},
		{"port is not the host", []string{"[h]:2222 " + text(a)}, "h", a, fleet.Unknown},
		{"portless name", []string{"h " + text(a)}, "[h]:2222", a, fleet.Accept},
		{"portless name, another key", []string{"h " + text(b)}, "[h]:2222", a, fleet.Unknown},
		{"port comes first", []string{"h " + text(a), "[h]:2222 " + text(b)}, "[h]:2222", a, fleet.Changed},
		{"hashed port comes first", []string{"h " + text(a), hashed("[h]:2222") + " " + text(b)}, "[h]:2222", a, fleet.Changed},
		{"IPv6", []string{"[2001:db8::1]:2222 " + text(a)}, "[2001:db8::1]:2222", a, fleet.Accept},
		{"IPv6, usual port", []string{"2001:db8::1 " + text(a)}, "2001:db8::1", a, fleet.Accept},
		{"hashed", []string{hashed("h") + " " + text(a)}, "h", a, fleet.Accept},
		{"hashed port", []string{hashed("[h]:2222") + " " + text(a)}, "[h]:2222", a, fleet.Accept},
		{"F35 hashed, another key", []string{hashed("h") + " " + text(b)}, "h", a, fleet.Changed},
		{"F37 hashed, another type", []string{hashed("h") + " " + text(other)}, "h", a, fleet.Redial},
		{"F37 hashed, both types", []string{hashed("h") + " " + text(other), hashed("h") + " " + text(b)}, "h", a, fleet.Changed},
		{"pattern", []string{"*.example " + text(a)}, "h.example", a, fleet.Accept},
		{"F37 pattern, another type", []string{"*.example " + text(other)}, "h.example", a, fleet.Redial},
		{"pattern covers ports", []string{"* " + text(a)}, "[h]:2222", a, fleet.Accept},
		{"negated", []string{"*.example,!h.example " + text(a)}, "h.example", a, fleet.Unknown},
		{"negated alone", []string{"!g " + text(a)}, "h", a, fleet.Unknown},
		{"F38 revoked", []string{"h " + text(a), "@revoked * " + text(a)}, "h", a, fleet.Revoked},
		{"F38 revoked elsewhere", []string{"h " + text(a), "@revoked g " + text(a)}, "h", a, fleet.Revoked},
		{"F38 revoked before", []string{"@revoked h " + text(a), "h " + text(a)}, "h", a, fleet.Revoked},
		{"F38 hashed, another type, revoked", []string{hashed("h") + " " + text(other), "@revoked * " + text(other)}, "h", a, fleet.Changed},
		{"F38 pattern, another type, revoked", []string{"* " + text(other), "@revoked * " + text(other)}, "h", a, fleet.Changed},
		{"F39 authority only", []string{"@cert-authority h " + text(a)}, "h", a, fleet.Unknown},
		{"F42 unknown marker", []string{"@trusted h " + text(a)}, "h", a, fleet.Unknown},
		{"F42 no final newline, CRLF", []string{"g " + text(b) + "\r", "h " + text(a) + "\r"}, "h", a, fleet.Accept},
		{"F42 byte order mark", []string{"\ufeffh " + text(a)}, "h", a, fleet.Accept},
		{"F42 NUL", []string{"h\x00 " + text(a), "\x00\x00", "h " + text(a)}, "h", a, fleet.Accept},
		{"F42 long line", []string{"h " + strings.Repeat("x", 70_000), "h " + text(a)}, "h", a, fleet.Accept},
		{"comment after the key", []string{"h " + text(a) + " me@here # 2"}, "h", a, fleet.Accept},
		{"F42 type does not fit the key", []string{"h ssh-rsa " + strings.Fields(text(a))[1]}, "h", a, fleet.Unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for policy, want := range map[Policy]fleet.Decision{Strict: tt.want, AcceptNew: acceptNew(tt.want), Off: off(tt.want)} {
				_, _, file := load(t, tt.lines...)
				before, _ := os.ReadFile(file)
				v := ask(trusting(t, policy, file), tt.host, tt.key)
				if v.Decision != want {
					t.Errorf("%s: %s (%s), want %s", policy, v.Decision, v.Reason, want)
				}
				if v.Decision != fleet.Accept && v.Reason == "" {
					t.Errorf("%s: %s without a reason", policy, v.Decision)
				}
				after, _ := os.ReadFile(file)
				if learned := policy == AcceptNew && tt.want == fleet.Unknown; (string(after) != string(before)) != learned {
					t.Errorf("%s: the file went from %q to %q", policy, before, after)
				} else if learned {
					_, _, file := load(t, string(after))
					if v := ask(trusting(t, Strict, file), tt.host, tt.key); v.Decision != fleet.Accept {
						t.Errorf("not known by what was noted: %q", after)
					}
				}
			}
		})
	}
}

// A host is never dialled again for a key that is revoked, nor for one that its worker prefers already.
func TestRedial(t *testing.T) {
	shown, live, revoked, pinned := testKey(t), otherTypeKey(t), otherTypeKey(t), otherTypeKey(t)
	judge, _, _ := load(t, "h "+text(pinned), hashed("h")+" "+text(revoked), "h* "+text(live), "@revoked * "+text(revoked))
	v := ask(judge, "h", shown)
	if v.Decision != fleet.Redial || len(v.Keys) != 1 || !bytes.Equal(v.Keys[0], live.Marshal()) {
		t.Errorf("%+v", v)
	}
}

func acceptNew(strict fleet.Decision) fleet.Decision {
	if strict == fleet.Unknown {
		return fleet.Accept
	}
	return strict
}

func off(strict fleet.Decision) fleet.Decision {
	switch strict {
	case fleet.Revoked:
		return strict
	case fleet.Changed, fleet.Redial:
		return fleet.Tolerate
	}
	return fleet.Accept
}

// Who reads why a key was refused is told both fingerprints, where the known key stands, and how to remove it.
func TestF35Reasons(t *testing.T) {
	a, b := testKey(t), testKey(t)
	judge, _, file := load(t, "# mine", "[h]:2222 "+text(b), "@revoked * "+text(a))
	c := testKey(t)
	for _, tt := range []struct {
		name string
		key  fleet.Key
		want []string
	}{
		{"[h]:2222", c.Marshal(), []string{ssh.FingerprintSHA256(c), ssh.FingerprintSHA256(b), file + ":2", "ssh-keygen -R '[h]:2222' -f " + file}},
		{"g", c.Marshal(), []string{"not known", ssh.FingerprintSHA256(c)}},
		{"g", a.Marshal(), []string{"revoked", file + ":3"}},
		{"g", []byte("no key"), []string{"not a host key"}},
	} {
		v := judge.Judge(context.Background(), server(tt.name), fleet.HostKey{Key: tt.key})
		for _, want := range tt.want {
			if v.Decision == fleet.Accept || !strings.Contains(v.Reason, want) {
				t.Errorf("%+v: no %q", v, want)
			}
		}
	}
}

// Four workers ask at once under accept-new, about one key under one name and about different keys under another: each
// name gets the one key that came first, in a file that only its owner may read.
func TestF43AcceptNewAtOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), ".ssh")
	file := filepath.Join(dir, "known_hosts")
	judge := trusting(t, AcceptNew, file)
	same := testKey(t)
	var wait sync.WaitGroup
	var mu sync.Mutex
	counts := map[string]int{}
	for range 4 {
		key := testKey(t)
		wait.Go(func() {
			first := ask(judge, "[127.0.0.1]:2222", same)
			second := ask(judge, "g", key)
			mu.Lock()
			defer mu.Unlock()
			counts["same "+string(first.Decision)]++
			counts["differ "+string(second.Decision)]++
		})
	}
	wait.Wait()
	if counts["same accept"] != 4 || counts["differ accept"] != 1 || counts["differ changed"] != 3 {
		t.Errorf("%v", counts)
	}
	data, err := os.ReadFile(file)
	if err != nil || strings.Count(string(data), "\n") != 2 || strings.Count(string(data), "[127.0.0.1]:2222 "+text(same)) != 1 {
		t.Errorf("%v: %q", err, data)
	}
	for path, want := range map[string]os.FileMode{file: 0o600, dir: 0o700 | os.ModeDir} {
		if info, err := os.Stat(path); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, want %v", path, info.Mode(), want)
		}
	}
	learned := server("[127.0.0.1]:2222")
	if judge.Prepare(&learned); len(learned.Way().Pins) != 1 {
		t.Errorf("%d pins of a learned host", len(learned.Way().Pins))
	}
	keygen, err := exec.LookPath("ssh-keygen")
	if err != nil {
		t.Skip(err)
	}
	out, err := exec.Command(keygen, "-F", "[127.0.0.1]:2222", "-f", file).Output()
	if err != nil || !strings.Contains(string(out), text(same)) {
		t.Errorf("ssh-keygen -F: %v: %s", err, out)
	}
}

func TestAcceptNewRefuses(t *testing.T) {
	key := testKey(t)
	_, _, file := load(t)
	for _, name := range []string{"", "a b", "a,b", "a\nb *", "*", "!a", "@revoked", "|1|a|b", "#a", "a\x00"} {
		if v := ask(trusting(t, AcceptNew, file), name, key); v.Decision == fleet.Accept {
			t.Errorf("%q was noted", name)
		}
	}
	parent := filepath.Join(t.TempDir(), "parent")
	unwritable := trusting(t, AcceptNew, filepath.Join(parent, "known_hosts"))
	if err := os.WriteFile(parent, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if v := ask(unwritable, "h", key); v.Decision == fleet.Accept {
		t.Error("accepted what could not be noted")
	}
	stopped, stop := context.WithCancel(context.Background())
	stop()
	if v := trusting(t, AcceptNew, file).Judge(stopped, server("h"), fleet.HostKey{Key: key.Marshal()}); v.Decision == fleet.Accept {
		t.Error("accepted after the end")
	}
	if data, _ := os.ReadFile(file); len(data) > 0 {
		t.Errorf("the file has %q", data)
	}
}
