package remote

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"muster/internal/tier"

	"pgregory.net/rapid"
)

// shells are the login shells that a line may meet.
var shells = [][]string{
	{"sh", "-c"},
	{"dash", "-c"},
	{"bash", "-c"},
	{"busybox", "sh", "-c"},
	{"csh", "-c"},
	{"tcsh", "-c"},
	{"fish", "-c"},
	{"zsh", "-c"},
}

func TestQuote(t *testing.T) {
	for text, want := range map[string]string{
		"":               "''",
		"a-Z_0/.,:@+":    "a-Z_0/.,:@+",
		"a b\tc":         `a\ b` + "\\\tc",
		"it's":           `it\'s`,
		`"$x" !! \`:      `\"\$x\"\ \!\!\ \\`,
		"~*?[]{}()<>|&;": `\~\*\?\[\]\{\}\(\)\<\>\|\&\;`,
		"one\ntwo":       "one'\n'two",
		"\x1b\x7f":       "\\\x1b\\\x7f",
		"größe 日\xff":    `größe\ 日` + "\xff",
	} {
		if got := Quote(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// TestQuoteInShells has every byte, alone and between others, and words made of what shells know, go through each shell.
func TestQuoteInShells(t *testing.T) {
	var all []string
	for c := 1; c < 256; c++ {
		all = append(all, string([]byte{byte(c)}), string([]byte{'a', byte(c), 'b'}))
	}
	all = append(all, "", "~root", "=ls", "!!", "a!b", "-n", "%1", "{a,b}", "$HOME `id` $(id)", "a\\\nb", "日本 \u3000\u00a0\u202e", "\xe3\x80", "\uf600")
	for _, shell := range shells {
		t.Run(shell[0], func(t *testing.T) {
			tier.Needs(t, shell[0])
			words := all
			if takesNoNewline(shell) {
				words = slices.DeleteFunc(slices.Clone(all), func(s string) bool { return strings.Contains(s, "\n") })
			}
			for part := range slices.Chunk(words, 20) {
				for _, locale := range []string{"C", "C.UTF-8"} {
					check(t, shell, locale, part)
				}
			}
		})
	}
}

// TestQuoteAnything has random words go through each shell.
func TestQuoteAnything(t *testing.T) {
	for _, shell := range shells {
		t.Run(shell[0], func(t *testing.T) {
			tier.Needs(t, shell[0])
			word := rapid.Map(rapid.SliceOfN(rapid.ByteRange(1, 255), 0, 40), func(b []byte) string { return string(b) })
			rapid.Check(t, func(t *rapid.T) {
				words := rapid.SliceOfN(word, 1, 5).Draw(t, "words")
				if takesNoNewline(shell) {
					for i := range words {
						words[i] = strings.ReplaceAll(words[i], "\n", " ")
					}
				}
				check(t, shell, "C.UTF-8", words)
			})
		})
	}
}

func FuzzQuote(f *testing.F) {
	for _, text := range []string{"", "it's", "a\nb", "!\\\"$`~", "日\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsRune(text, 0) {
			t.Skip("no shell takes a NUL")
		}
		check(t, []string{"sh", "-c"}, "C", []string{text})
	})
}

func takesNoNewline(shell []string) bool { return strings.HasSuffix(shell[0], "csh") }

// check has a shell print words, and holds that they are what was meant.
func check(t interface{ Errorf(string, ...any) }, shell []string, locale string, words []string) {
	line := "/usr/bin/env printf %s."
	for _, word := range words {
		line += " " + Quote(word)
	}
	cmd := exec.Command(shell[0], append(shell[1:], line)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent", "LC_ALL=" + locale}
	out, err := cmd.CombinedOutput()
	if want := strings.Join(words, ".") + "."; err != nil || string(out) != want {
		t.Errorf("%s, %s: %v, %q, want %q", shell[0], locale, err, out, want)
	}
}
