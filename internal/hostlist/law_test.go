package hostlist

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// expanded is Expand as text: the names, the repeats if there are any, or the error less the part.
func expanded(expr string, limit int) string { return expandedBy(&Expander{Limit: limit}, expr) }

func expandedBy(x *Expander, expr string) string {
	names, repeated, err := x.Expand(expr)
	if err != nil {
		_, text, _ := strings.Cut(err.Error(), ": ")
		return "error: " + text
	}
	text := strings.Join(names, " ")
	if repeated > 0 {
		text += fmt.Sprintf(" (%d repeated)", repeated)
	}
	return text
}

// names draws hosts that are close to each other, so that they fold, and differ in padding, dimensions and form.
func drawNames() *rapid.Generator[[]string] {
	number := rapid.StringMatching(`[0-3]|[89]|0[0-2]|09|1[0-2]|99|100|00[1-3]`)
	octet := rapid.Map(rapid.IntRange(0, 12), func(n int) string { return fmt.Sprint(n) })
	name := rapid.OneOf(
		rapid.Custom(func(t *rapid.T) string { return "n" + number.Draw(t, "n") }),
		rapid.Custom(func(t *rapid.T) string { return "r" + number.Draw(t, "r") + "n" + number.Draw(t, "n") }),
		rapid.Custom(func(t *rapid.T) string { return number.Draw(t, "n") + ".dc" + number.Draw(t, "dc") + ".example.com" }),
		rapid.Custom(func(t *rapid.T) string { return "10.0." + octet.Draw(t, "c") + "." + octet.Draw(t, "d") }),
		rapid.Custom(func(t *rapid.T) string { return "u" + number.Draw(t, "u") + "@n" + number.Draw(t, "n") + ":22" }),
		rapid.Custom(func(t *rapid.T) string { return "[2001:db8::" + octet.Draw(t, "h") + "]:22" }),
		rapid.SampledFrom([]string{"localhost", "web", "7", "a-b", "a_1-2"}),
	)
	return rapid.SliceOfN(name, 0, 60)
}

func TestFoldLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := drawNames().Draw(t, "names")
		want := set(names)
		folded := Fold(names)
		back, repeated, err := Expand(folded, 1000)
		if err != nil || repeated > 0 || !slices.Equal(set(back), want) {
			t.Fatalf("%v folds to %s, which gives %v, %d repeated, %v", names, folded, back, repeated, err)
		}
		if again := Fold(back); again != folded {
			t.Fatalf("%v folds to %s, but its expansion to %s", names, folded, again)
		}
	})
}

func TestSetLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawNames().Draw(t, "a"), drawNames().Draw(t, "b"), drawNames().Draw(t, "c")
		a, b, c = append(a, "x1"), append(b, "x2", "y2"), append(c, "x3") // an operand is never empty
		x, y, z := strings.Join(a, ","), Fold(b), strings.Join(c, " ")
		same := func(what string, got []string, want []string) {
			if !slices.Equal(got, want) {
				t.Fatalf("%s: got %v, want %v", what, got, want)
			}
		}
		same("order", listed(t, x), first(a))
		same("union", set(listed(t, x+","+y)), set(slices.Concat(a, b)))
		same("union twice", listed(t, x+" "+x), listed(t, x))
		same("minus", set(listed(t, x+"!"+strings.Join(b, "!"))), set(without(a, b)))
		same("minus itself", listed(t, x+"!"+strings.Join(a, "!")), []string{})
		same("left to right", listed(t, y+"!x2,"+z+"!x3"), without(listed(t, Fold(without(b, []string{"x2"}))+","+z), []string{"x3"}))
	})
}

// What '&' and '^' come to, said by minus. Their operands, like those of any operator, may be groups.
func TestGroupLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := append(drawNames().Draw(t, "a"), "x1"), append(drawNames().Draw(t, "b"), "x2")
		groups := map[string]string{"a": strings.Join(a, " "), "b": Fold(b), "both": "@a,@b"}
		x := Expander{Limit: 1000, Groups: func(source, name string) ([]Text, error) { return []Text{{Expr: groups[name]}}, nil }}
		same := func(expr string, want []string) {
			got, repeated, err := x.Expand(expr)
			if err != nil || repeated > 0 || !slices.Equal(set(got), set(want)) {
				t.Fatalf("%s: got %v, %d repeated, %v, want %v", expr, got, repeated, err, want)
			}
		}
		same("@a", a)
		same("@both", slices.Concat(a, b))
		same("@both!@a", without(b, a))
		alone := without(a, b)
		same("@a&@b", slices.DeleteFunc(slices.Clone(a), func(name string) bool { return slices.Contains(alone, name) }))
		same("@a^@b", slices.Concat(alone, without(b, a)))
	})
}

func listed(t *rapid.T, expr string) []string {
	names, _, err := Expand(expr, 1000)
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	return names
}

// without is minus, said another way.
func without(names, gone []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		h, _ := ParseHost(name)
		return slices.ContainsFunc(gone, func(name string) bool {
			g, _ := ParseHost(name)
			return g.Name == h.Name && (g.User == "" || g.User == h.User) && (g.Port == 0 || g.Port == h.Port)
		})
	})
}

func set(names []string) []string { return slices.Compact(slices.Sorted(slices.Values(names))) }

func first(names []string) []string {
	var once []string
	for _, name := range names {
		if !slices.Contains(once, name) {
			once = append(once, name)
		}
	}
	return once
}
