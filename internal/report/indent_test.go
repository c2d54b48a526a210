package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"syscall"
	"testing"

	"pgregory.net/rapid"
)

func TestWriteJSON(t *testing.T) {
	type record struct {
		Name  string   `json:"name"`
		Times []int    `json:"times"`
		Parts []record `json:"parts,omitempty"`
	}
	for _, test := range []struct {
		value any
		want  string
	}{
		{nil, "null\n"},
		{map[string]any{}, "{}\n"},
		{[]int{1, 2}, "[1, 2]\n"},
		{map[string]any{"a": 1, "b": map[string]any{"c": 2, "d": 3}}, "{\n \"a\": 1,\n \"b\": {\"c\": 2, \"d\": 3}\n}\n"},
		{
			[]record{{`{"\`, []int{1, 2}, []record{{"[{,:}]", []int{}, nil}, {`\\`, nil, nil}}}},
			`[
 {"name": "{\"\\", "times": [1, 2], "parts": [
  {"name": "[{,:}]", "times": []},
  {"name": "\\\\", "times": null}
 ]}
]
`,
		},
	} {
		var b bytes.Buffer
		if err := WriteJSON(&b, test.value); err != nil || b.String() != test.want {
			t.Errorf("%v is written %v\n%s\nwant\n%s", test.value, err, b.String(), test.want)
		}
	}
}

func TestWriteJSONIsInertAndMeansTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.MapOf(hostileText, rapid.SliceOf(rapid.MapOf(hostileText, rapid.SliceOf(hostileText)))).Draw(t, "values")
		var b, compact bytes.Buffer
		if err := WriteJSON(&b, values); err != nil {
			t.Fatal(err)
		}
		mustBeInert(t, b.String())
		if strings.Contains(b.String(), "##vso[") {
			t.Fatalf("commands a CI system: %s", b.String())
		}
		if err := json.Compact(&compact, b.Bytes()); err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		if err := encode(&want, values); err != nil {
			t.Fatal(err)
		}
		if compact.String() != want.String() {
			t.Fatalf("is %s\nwant %s", compact.String(), want.String())
		}
	})
}

func TestWriteJSONErrors(t *testing.T) {
	if err := WriteJSON(&full{3}, "text"); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("without room: %v", err)
	}
	if err := WriteJSON(&full{100}, math.NaN()); err == nil {
		t.Error("NaN is written")
	}
}
