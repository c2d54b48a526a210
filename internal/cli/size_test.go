package cli

import (
	"testing"

	"pgregory.net/rapid"
)

func TestSize(t *testing.T) {
	for text, want := range map[string]size{
		"0": 0, "1": 1, "4096": 4096, "1b": 1, "1k": 1 << 10, "1KiB": 1 << 10, "64kib": 64 << 10, "1M": 1 << 20, "1mb": 1 << 20, "1MiB": 1 << 20,
		"1g": maxSize, "1GiB": maxSize, "1024m": maxSize, "1073741824": maxSize, "0GiB": 0, "+1": 1,
	} {
		var got size
		if err := got.Set(text); err != nil || got != want {
			t.Errorf("%q: %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "k", "b", "i", "KiB", "-1", "-1k", "1.5k", "1e3", "1t", "1kk", " 1", "1 ", "1 KiB", "0x10", "2g", "1025m", "1073741825",
		"9223372036854775807", "9223372036854775808", "18014398509481984k", "٣",
	} {
		got := size(7)
		if err := got.Set(text); err == nil || got != 7 {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
}

// A size reads as it is shown.
func TestSizeString(t *testing.T) {
	for n, want := range map[size]string{0: "0", 1: "1", 1 << 10: "1KiB", 1536: "1536", 64 << 10: "64KiB", 1 << 20: "1MiB", 1 << 30: "1GiB"} {
		if got := n.String(); got != want {
			t.Errorf("%d: %q, want %q", int64(n), got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		want := size(rapid.Int64Range(0, 1<<rapid.IntRange(0, 10).Draw(t, "bits")).Draw(t, "n") << rapid.SampledFrom([]int{0, 10, 20}).Draw(t, "unit"))
		var got size
		if err := got.Set(want.String()); err != nil || got != want {
			t.Fatalf("%s: %d, %v, want %d", want.String(), got, err, want)
		}
	})
}
