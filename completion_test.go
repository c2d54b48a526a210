package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"muster/internal/tier"
)

// completions are what shells are to offer at the end of a line: all that begins as the last word does.
var completions = []struct {
	line string
	want []string
}{
	{"muster c", []string{"collect", "compare", "completion"}},
	{"muster collect --str", []string{"--strategy"}},
	{"muster collect --strategy ", []string{"async", "hybrid", "processes", "serial", "threads"}},
	{"muster collect n1 --strategy h", []string{"hybrid"}},
	{"muster collect -q --color=al", []string{"always"}},
	{"muster run --partition w", []string{"weighted"}},
	{"muster compare --partition w", nil},
	{"muster exec -o nd", []string{"ndjson"}},
	{"muster exec --host-key ", []string{"accept-new", "off", "strict"}},
	{"muster compare --kex f", []string{"fast"}},
	{"muster --config hosts hosts --fo", []string{"--fold"}},
	{"muster collect --no-such", nil},
	{"muster collect --fanout ", nil},
	{"muster completion ", []string{"bash", "fish", "zsh"}},
	{"muster demo --str", []string{"--strategy"}},
	{"muster w", nil},
	{"muster collect `touch evil` $(touch evil) --str", []string{"--strategy"}},
}

// drivers are scripts that print, a line each, what a shell offers at the end of $LINE once it has read $SCRIPT.
var drivers = map[string]struct {
	args   []string
	script string
}{
	"bash": {[]string{"--norc", "--noprofile"}, `
. "$SCRIPT"
read -ra COMP_WORDS <<<"${LINE/=/ = }"
[[ $LINE == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_muster
printf '%s\n' "${COMPREPLY[@]}"
`},
	// zsh completes at a terminal only.
	"zsh": {[]string{"-f"}, `
cat >$ZDOTDIR/.zshrc <<'END'
autoload -Uz compinit
compinit -D -u
. $SCRIPT
LISTMAX=10000
compadd() {
	local -a hits
	[[ -n ${@[(r)-[OAD]*]} ]] || { builtin compadd -O hits "$@"; print -rl -- $hits >>$ZDOTDIR/hits }
	builtin compadd "$@"
}
zle-line-init() {
	BUFFER=$LINE CURSOR=$#LINE
	zle complete-word
	exit
}
zle -N zle-line-init
END
zmodload zsh/zpty
zpty shell zsh -d -i
while zpty -r shell shown; do :; done
touch $ZDOTDIR/hits
cat $ZDOTDIR/hits
`},
	"fish": {[]string{"--no-config"}, `
source $SCRIPT
complete -C $LINE
`},
}

// Each shell completes with the script that a muster as people have it writes, and evaluates nothing of the line.
func TestCompletion(t *testing.T) {
	t.Parallel()
	muster := built(t)
	for shell, driver := range drivers {
		t.Run(shell, func(t *testing.T) {
			program := tier.Needs(t, shell)
			dir := t.TempDir()
			script, driving := filepath.Join(dir, "completion"), filepath.Join(dir, "driver")
			text, err := exec.Command(muster, "completion", shell).Output()
			for _, err := range []error{err, os.WriteFile(script, text, 0o600), os.WriteFile(driving, []byte(driver.script), 0o600)} {
				if err != nil {
					t.Fatal(err)
				}
			}
			for _, tt := range completions {
				cmd := exec.Command(program, append(driver.args, driving)...)
				cmd.Dir = t.TempDir()
				cmd.Env = append(os.Environ(), "HOME="+cmd.Dir, "ZDOTDIR="+cmd.Dir, "XDG_CONFIG_HOME=", "XDG_DATA_HOME=", "TERM=dumb", "SCRIPT="+script, "LINE="+tt.line)
				said, err := cmd.CombinedOutput()
				if got := offered(string(said)); err != nil || !slices.Equal(got, tt.want) {
					t.Errorf("%q: %q, want %q: %v", tt.line, got, tt.want, err)
				}
				if _, err := os.Stat(filepath.Join(cmd.Dir, "evil")); err == nil {
					t.Errorf("%q was evaluated", tt.line)
				}
			}
		})
	}
}

// offered are the words that a shell offers, sorted: without what fish says about them, and without the option in front of
// a value that is joined to it.
func offered(said string) (words []string) {
	for line := range strings.Lines(said) {
		word, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if _, value, joined := strings.Cut(word, "="); joined {
			word = value
		}
		if word != "" {
			words = append(words, word)
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}
