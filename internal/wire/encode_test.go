package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"muster/internal/fleet"
)

const canary = "canary-5ecret"

// A secret goes down to a worker byte for byte, and shows nowhere else.
func TestSecrets(t *testing.T) {
	pem := fleet.Secret("-----BEGIN\x00\xff " + canary)
	job := Job{Run: "r", Identities: []fleet.Identity{{Private: pem}}, Password: pem}
	line, err := EncodeDown(Down{Job: &job})
	if err != nil {
		t.Fatal(err)
	}
	down, err := NewDownReader(bytes.NewReader(line)).Next()
	if err != nil || len(down.Job.Identities) != 1 || !bytes.Equal(down.Job.Identities[0].Private, pem) || !bytes.Equal(down.Job.Password, pem) {
		t.Fatalf("%v, %q", err, down.Job.Identities)
	}

	shown := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		shown[verb] = fmt.Sprintf(verb, job)
		shown[verb+" frame"] = fmt.Sprintf(verb, Down{Job: &job})
	}
	var logged bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&logged, nil))
	log.Info("job", "job", job, "key", pem)
	slog.New(slog.NewTextHandler(&logged, nil)).Info("job", "job", job, "key", pem)
	shown["slog"] = logged.String()
	marshaled, err := json.Marshal(job)
	if err != nil {
		t.Fatal(err)
	}
	shown["json"] = string(marshaled)
	traced, err := encode(Down{Job: &job}, MaxDown)
	if err != nil {
		t.Fatal(err)
	}
	shown["json v2"] = string(traced)

	for how, text := range shown {
		for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%d", []byte(canary)[:4]), "Y2FuYXJ5", "0x63, 0x61"} {
			if strings.Contains(text, form) {
				t.Errorf("%s shows %q: %s", how, form, text)
			}
		}
		if !strings.HasSuffix(how, "frame") && !strings.Contains(text, "***") {
			t.Errorf("%s does not hide: %s", how, text)
		}
	}
}

// TestHostileText: whatever a host says, its outcome fits a frame and can be read.
func TestHostileText(t *testing.T) {
	texts := map[string]string{
		"10 KB":           strings.Repeat("x", 10_000),
		"invalid UTF-8":   strings.Repeat("\xff\xc3", 5_000),
		"control":         strings.Repeat("\x00\x1b", 5_000),
		"runes":           strings.Repeat("日本", 5_000),
		"quotes":          strings.Repeat(`"\`, 5_000),
		"line separators": strings.Repeat("\u2028\n", 5_000),
		"1 MB":            strings.Repeat("y", 1<<20),
	}
	for name, text := range texts {
		frames := map[string]Up{
			"outcome": {Outcome: &Outcome{Num: 1, Outcome: fleet.Outcome{Status: fleet.StatusExit, Error: text}}},
			"group":   {Group: &fleet.Group{Status: fleet.StatusExit, Error: text}},
		}
		for kind, frame := range frames {
			line, err := EncodeUp(frame)
			if err != nil {
				t.Errorf("%s, %s: %v", kind, name, err)
				continue
			}
			up, err := NewUpReader(bytes.NewReader(line), false).Next()
			if err != nil {
				t.Errorf("%s, %s: %v", kind, name, err)
				continue
			}
			got := ""
			if up.Outcome != nil {
				got = up.Outcome.Error
			} else {
				got = up.Group.Error
			}
			if got == "" || !utf8.ValidString(got) || !strings.HasPrefix(strings.ToValidUTF8(text, "\uFFFD"), got) {
				t.Errorf("%s, %s: %q", kind, name, got)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		o := outcomes.Draw(t, "outcome")
		o.Error = string(bytesOf(10_000).Draw(t, "error"))
		o.Kernel = string(bytesOf(100).Draw(t, "kernel"))
		line, err := EncodeUp(Up{Outcome: &o})
		if err != nil || len(line) > MaxUp {
			t.Fatal(len(line), err)
		}
	})
}

// EncodeUp leaves the frame that it was given as it was.
func TestEncodeUpCopies(t *testing.T) {
	text := strings.Repeat("\xff", 10_000)
	o := Outcome{Outcome: fleet.Outcome{Status: fleet.StatusExit, Error: text}}
	g := fleet.Group{Status: fleet.StatusExit, Error: text}
	for _, u := range []Up{{Outcome: &o}, {Group: &g}} {
		if _, err := EncodeUp(u); err != nil {
			t.Error(err)
		}
	}
	if o.Error != text || g.Error != text {
		t.Error("the frame was changed")
	}
}

// The largest part of output, and what else there is of the largest, fits a frame; what does not is an error.
func TestBounds(t *testing.T) {
	part := &fleet.Output{Num: math.MaxInt, Part: math.MaxInt, Stderr: true, Data: make([]byte, fleet.MaxOutputPart)}
	if _, err := EncodeUp(Up{Output: part}); err != nil {
		t.Error(err)
	}
	nan := math.NaN()
	for name, u := range map[string]Up{
		"key":  {Ask: &Ask{ID: 1, HostKey: fleet.HostKey{Key: make(fleet.Key, 4000)}}},
		"text": {Outcome: &Outcome{Outcome: fleet.Outcome{Address: strings.Repeat("x", 5000), Error: "e"}}},
		"NaN":  {Outcome: &Outcome{Outcome: fleet.Outcome{Error: "e", DurationMS: &nan}}},
	} {
		if line, err := EncodeUp(u); err == nil || line != nil {
			t.Errorf("%s: %d bytes, %v", name, len(line), err)
		}
	}
	if _, err := EncodeDown(Down{Job: &Job{Password: make(fleet.Secret, MaxDown)}}); err == nil {
		t.Error("a job over the limit")
	}
}

func TestEncodeHosts(t *testing.T) {
	bare := func(num int) fleet.Host { return fleet.Host{Num: num, Label: "h", Name: "h"} }
	host := func(num, pin int) fleet.Host {
		return bare(num).Along(fleet.Way{Pins: []fleet.Key{make(fleet.Key, pin)}})
	}
	tests := []struct {
		name        string
		hosts, want []fleet.Host
		lines       int
	}{
		{"one", []fleet.Host{host(1, 9)}, []fleet.Host{host(1, 9)}, 1},
		{"together", []fleet.Host{host(1, 9), host(2, 9)}, []fleet.Host{host(1, 9), host(2, 9)}, 1},
		{"split", []fleet.Host{host(1, 30_000), host(2, 30_000)}, []fleet.Host{host(1, 30_000), host(2, 30_000)}, 2},
		{"too many pins", []fleet.Host{host(1, 9), host(2, MaxDown), host(3, 9)}, []fleet.Host{host(1, 9), bare(2), host(3, 9)}, 3},
	}
	for _, tt := range tests {
		lines, err := EncodeHosts(tt.hosts)
		if err != nil || len(lines) != tt.lines {
			t.Errorf("%s: %d lines, %v", tt.name, len(lines), err)
		}
		var got []fleet.Host
		for _, line := range lines {
			down, err := NewDownReader(bytes.NewReader(line)).Next()
			if err != nil || down.Hosts == nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			got = append(got, down.Hosts.Hosts...)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
	if _, err := EncodeHosts([]fleet.Host{{Label: strings.Repeat("x", MaxDown)}}); err == nil {
		t.Error("a host that fits no line")
	}
	var thousand []fleet.Host
	for i := range 1000 {
		thousand = append(thousand, host(i, i))
	}
	if lines, err := EncodeHosts(thousand); err != nil || len(lines) > 30 {
		t.Errorf("%d lines for 700 KB: %v", len(lines), err)
	}
}
