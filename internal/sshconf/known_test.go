package sshconf

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"muster/internal/fleet"
)

// A line that cannot be read gets one warning with its number, and no more than ten of a file are named.
func TestF42Warnings(t *testing.T) {
	a := text(testKey(t))
	_, warnings, file := load(t, "# fine", "", "  ", "h "+a, "garbage", "h "+a[:30], "@what h "+a, "|1|x|y "+a, "|2|YQ==|YQ== "+a, "h")
	var lines []string
	for _, w := range warnings {
		rest, ok := strings.CutPrefix(w, file+":")
		if !ok {
			t.Errorf("warning %q does not name the file", w)
		}
		number, _, _ := strings.Cut(rest, ":")
		lines = append(lines, number)
	}
	if want := []string{"5", "6", "7", "8", "9", "10"}; !slices.Equal(lines, want) {
		t.Errorf("warnings about %v, want %v:\n%s", lines, want, strings.Join(warnings, "\n"))
	}
	_, warnings, _ = load(t, strings.Repeat("garbage\n", 1000))
	if len(warnings) != maxWarnings+1 || !strings.Contains(warnings[maxWarnings], "990 more") {
		t.Errorf("%d warnings, the last %q", len(warnings), warnings[len(warnings)-1])
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for file, wantErr := range map[string]bool{
		filepath.Join(dir, "missing"): false, os.DevNull: false, dir: true, fifo: true, "/dev/zero": true,
	} {
		if _, _, err := NewJudge().Add(Trust{Files: []string{file}}); (err != nil) != wantErr {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// A FIFO that takes the place of a file at any moment is an error, and keeps nobody waiting.
func TestFIFOSwappedIn(t *testing.T) {
	dir := t.TempDir()
	file, regular, fifo := filepath.Join(dir, "file"), filepath.Join(dir, "regular"), filepath.Join(dir, "fifo")
	for _, err := range []error{os.WriteFile(regular, nil, 0o600), syscall.Mkfifo(fifo, 0o600), os.Link(regular, file)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for link := filepath.Join(dir, "link"); ; {
			for _, from := range []string{fifo, regular} {
				if err := errors.Join(os.Link(from, link), os.Rename(link, file)); err != nil {
					t.Error(err)
				}
				os.Remove(link) // renaming a file to itself does nothing
			}
			select {
			case <-stop:
				return
			default:
			}
		}
	}()
	loaded := make(chan struct{})
	go func() {
		defer close(loaded)
		for range 5000 {
			NewJudge().Add(Trust{Files: []string{file}})
			readKey(file)
		}
	}()
	select {
	case <-loaded:
	case <-time.After(time.Minute):
		t.Error("waits for somebody to write to the FIFO")
	}
	close(stop)
	<-stopped
}

func TestPins(t *testing.T) {
	a, b, c := testKey(t), testKey(t), otherTypeKey(t)
	plain := []string{"h " + text(a), "h,[h]:2222 " + text(c), "h " + text(b), "@revoked g " + text(b), "[h]:22 " + text(b)}
	mixed := append(slices.Clone(plain), hashed("x")+" "+text(a))
	for _, tt := range []struct {
		lines []string
		host  fleet.Host
		want  []string
	}{
		{plain, fleet.Host{Name: "h"}, []string{text(a), text(c)}},
		{plain, fleet.Host{Name: "h", Port: 22}, []string{text(a), text(c)}},
		{plain, fleet.Host{Name: "h", Port: 2222}, []string{text(c)}},
		{plain, fleet.Host{Name: "h", Port: 2223}, []string{text(a), text(c)}},
		{mixed, fleet.Host{Name: "h", Port: 2223}, nil},
		{mixed, fleet.Host{Name: "h"}, []string{text(a), text(c)}},
		{plain, fleet.Host{Name: "g"}, nil},
		{[]string{hashed("h") + " " + text(a), "* " + text(a)}, fleet.Host{Name: "h"}, nil},
	} {
		judge, _, _ := load(t, tt.lines...)
		judge.Prepare(&tt.host)
		var got []string
		for _, pin := range tt.host.Way().Pins {
			for _, key := range []string{text(a), text(b), text(c)} {
				if strings.HasSuffix(key, base64Of(pin)) {
					got = append(got, key)
				}
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%+v: pins %v, want %v", tt.host, got, tt.want)
		}
	}
}
