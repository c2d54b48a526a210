package sshconf

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// Lines that cannot be read, put between others, get one warning each with their number, and change the verdict on no
// host.
func TestF42BadLinesAmongGoodOnes(t *testing.T) {
	a, b := testKey(t), otherTypeKey(t)
	good := []string{"\ufeffplain " + text(a) + "\r", "[port]:2222 " + text(a), hashed("hashed") + " " + text(a), "*.pattern " + text(a), "@revoked gone " + text(b)}
	bad := []string{
		"garbage", "h ssh-new " + strings.Fields(text(a))[1], "h " + text(a)[:40], "h\x00", "\x00\x00 " + text(a)[:20], "@what plain " + text(b), "|1|a|b " + text(b),
		"plain " + strings.Repeat("x", 70_000), "plain ssh-rsa AAAA",
	}
	mixed := []string{good[0]}
	var numbers []string
	for i, line := range bad {
		mixed = append(mixed, line)
		numbers = append(numbers, fmt.Sprint(len(mixed)))
		if i+1 < len(good) {
			mixed = append(mixed, good[i+1])
		}
	}
	clean, warnings, _ := load(t, good...)
	if len(warnings) > 0 {
		t.Errorf("warnings about good lines: %q", warnings)
	}
	judge, warnings, file := load(t, mixed...)
	for i, number := range numbers {
		if len(warnings) != len(numbers) || !strings.HasPrefix(warnings[i], file+":"+number+": ") {
			t.Fatalf("warnings %q, want one for each of lines %v", warnings, numbers)
		}
	}
	for _, name := range []string{"plain", "[port]:2222", "hashed", "x.pattern", "gone", "h", "other"} {
		for _, key := range []ssh.PublicKey{a, b, testKey(t)} {
			want := ask(clean, name, key).Decision
			if got := ask(judge, name, key); got.Decision != want {
				t.Errorf("%s, %s: %s (%s), want %s", name, key.Type(), got.Decision, got.Reason, want)
			}
		}
	}
}

// A file whose last line was cut off, as by a program that was killed, lacks that line alone, and what is noted after it
// stands on a line of its own.
func TestF42TruncatedLastLine(t *testing.T) {
	a, b := testKey(t), testKey(t)
	_, warnings, file := load(t, "h "+text(a), ("g " + text(a))[:40])
	if len(warnings) != 1 || !strings.HasPrefix(warnings[0], file+":2: ") {
		t.Errorf("warnings %q", warnings)
	}
	if v := ask(trusting(t, AcceptNew, file), "g", b); v.Decision != fleet.Accept {
		t.Errorf("%+v", v)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	again, _, _ := load(t, string(data))
	for name, key := range map[string]ssh.PublicKey{"h": a, "g": b} {
		if v := ask(again, name, key); v.Decision != fleet.Accept {
			t.Errorf("%s: %+v in\n%s", name, v, data)
		}
	}
}
