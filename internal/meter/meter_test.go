package meter

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

func TestMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("no /proc")
	}
	const held = 64 << 20
	before := ReadShare()
	hold := make([]byte, held)
	for i := 0; i < len(hold); i += os.Getpagesize() {
		hold[i] = 1
	}
	after := ReadShare()
	if grew := after.PSS - before.PSS; grew < held*9/10 || grew > 4*held {
		t.Errorf("PSS grew by %d bytes, %d were taken", grew, held)
	}
	if after.Anonymous < held || after.Files() <= 0 || after.Files() > held {
		t.Errorf("%+v, of it %d of files", after, after.Files())
	}
	if peak := PeakRSS(); peak < held || peak > TotalMemory() {
		t.Errorf("peak of %d bytes, %d were taken, the machine has %d", peak, held, TotalMemory())
	}
	runtime.KeepAlive(hold)
}

func TestKilobytes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "status")
	text := "Name:\tVmHWM: 1 kB\nVmHWM:\t   12 kB\nVmHWM:\t13 kB\nBad:\tx kB\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int64{"VmHWM:": 12 << 10, "Bad:": 0, "None:": 0} {
		if got := kilobytes(file, name); got != want {
			t.Errorf("%s %d, want %d", name, got, want)
		}
	}
	if got := kilobytes(file+"x", "VmHWM:"); got != 0 {
		t.Errorf("of no file: %d", got)
	}
}

func TestSomeTotal(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"some avg10=2.04 avg60=0.75 avg300=0.42 total=157656722\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=5\n": 157656722 * time.Microsecond,
		"full avg10=0.00 avg60=0.00 avg300=0.00 total=5\n":                                                         -1,
		"some avg10=2.04 total=x\n": -1,
		"some avg10=2.04\n":         -1,
		"":                          -1,
	} {
		got, ok := someTotal([]byte(text))
		if ok != (want >= 0) || ok && got != want {
			t.Errorf("%q: %v, %v", text, got, ok)
		}
	}
}

func TestStalls(t *testing.T) {
	before, ok := ReadStalls()
	if _, err := os.Stat("/proc/pressure/cpu"); err == nil != ok {
		t.Fatalf("read: %v, the file: %v", ok, err)
	}
	after, _ := ReadStalls()
	if after.CPU < before.CPU || after.Memory < before.Memory || after.IO < before.IO {
		t.Errorf("%+v, then %+v", before, after)
	}
}
