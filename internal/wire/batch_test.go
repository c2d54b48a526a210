package wire

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"muster/internal/fleet"

	"pgregory.net/rapid"
)

// item gives anything without a newline, mostly short, now and then of a size about which batches are cut.
var item = rapid.Custom(func(t *rapid.T) string {
	text := strings.ReplaceAll(string(bytesOf(40).Draw(t, "text")), "\n", "\r")
	size := rapid.SampledFrom([]int{0, 0, 0, 0, MaxItem / 2, MaxItem/2 - 1, MaxItem - 1, MaxItem}).Draw(t, "size")
	return text + strings.Repeat("\xff", max(0, size-len(text)))
})

// What is decoded from the lines is the items, each once, in order, under their numbers; no line is longer than MaxDown.
func TestEncodeItems(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.SampledFrom([]int{1, 2, math.MaxInt - 100}).Draw(t, "first")
		items := rapid.SliceOfN(item, 0, 12).Draw(t, "items")
		lines, err := EncodeItems(first, items)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, line := range lines {
			down, err := NewDownReader(bytes.NewReader(line)).Next()
			if err != nil || len(line) > MaxDown || down.Items == nil || down.Items.First != first+len(got) {
				t.Fatalf("%d bytes after %d items, %v", len(line), len(got), err)
			}
			text, ended := strings.CutSuffix(string(down.Items.Lines), "\n")
			if !ended {
				t.Fatalf("items without an end: %q", text)
			}
			got = append(got, strings.Split(text, "\n")...)
		}
		if !slices.Equal(got, items) {
			t.Fatalf("got %q, want %q", got, items)
		}
	})
}

// The longest item there may be fits a line whatever its number is, and a longer one is not cut.
func TestEncodeItemsBounds(t *testing.T) {
	for _, tt := range []struct {
		items []string
		lines int
	}{
		{nil, 0},
		{[]string{strings.Repeat("x", MaxItem)}, 1},
		{[]string{strings.Repeat("x", MaxItem), ""}, 2},
		{[]string{"", strings.Repeat("x", MaxItem-2)}, 1},
		{[]string{"", strings.Repeat("x", MaxItem-1)}, 2},
		{slices.Repeat([]string{"x"}, MaxItem), 2},
	} {
		if lines, err := EncodeItems(math.MaxInt-len(tt.items), tt.items); err != nil || len(lines) != tt.lines {
			t.Errorf("%d items: %d lines, %v, want %d lines", len(tt.items), len(lines), err, tt.lines)
		}
	}
	if lines, err := EncodeItems(1, []string{"a", strings.Repeat("x", MaxDown)}); err == nil || lines != nil {
		t.Errorf("an item that fits no line: %d lines, %v", len(lines), err)
	}
}

// The input is put together again from its lines, none of which is longer than MaxDown.
func TestEncodeInput(t *testing.T) {
	for _, size := range []int{0, 1, MaxItem - 1, MaxItem, MaxItem + 1, 3*MaxItem + 7} {
		input := bytes.Repeat([]byte{0, '\n', 0xff}, size/3+1)[:size]
		lines, err := EncodeInput(input)
		if want := (size + MaxItem - 1) / MaxItem; err != nil || len(lines) != want {
			t.Errorf("%d bytes: %d lines, %v, want %d", size, len(lines), err, want)
		}
		var got []byte
		for _, line := range lines {
			down, err := NewDownReader(bytes.NewReader(line)).Next()
			if err != nil || len(line) > MaxDown || down.Input == nil {
				t.Fatalf("%d bytes: a line of %d: %v", size, len(line), err)
			}
			got = append(got, down.Input.Data...)
		}
		if !bytes.Equal(got, input) {
			t.Errorf("%d bytes are %d when put together", size, len(got))
		}
	}
}

// A host whose jump hosts have more keys than a line has room for goes without all of them.
func TestEncodeHostsBehindManyKeys(t *testing.T) {
	many := make([]fleet.Key, 16)
	for i := range many {
		many[i] = make(fleet.Key, 2000)
	}
	far := fleet.Host{Name: "far"}.Along(fleet.Way{Pins: many})
	near := fleet.Host{Name: "near"}.Along(fleet.Way{Pins: many, Via: &far})
	h := fleet.Host{Name: "h"}.Along(fleet.Way{Via: &near})
	lines, err := EncodeHosts([]fleet.Host{h})
	if err != nil || len(lines) != 1 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	down, err := NewDownReader(bytes.NewReader(lines[0])).Next()
	if err != nil {
		t.Fatal(err)
	}
	if via := down.Hosts.Hosts[0].Via(); via.Way().Pins != nil || via.Via().Way().Pins != nil || via.Via().Name != "far" {
		t.Errorf("%+v", via)
	}
	if len(h.Via().Way().Pins) != len(many) {
		t.Error("the host itself has lost its keys")
	}
}
