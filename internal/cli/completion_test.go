package cli

import (
	"slices"
	"strings"
	"testing"
)

// An option that takes one of a few words, as its usage says, is completed with them, and with those alone.
func TestCompletedWords(t *testing.T) {
	for _, command := range commandDocs((&invocation{}).app()) {
		for _, o := range command.options {
			if listed := strings.Contains(o.usage, "auto, always, never"); listed && !slices.Equal(o.words, []string{"auto", "always", "never"}) {
				t.Errorf("%s %s: %q", command.name, o.names[0], o.words)
			}
			all := wordsOf(strings.TrimLeft(o.names[0], "-"))
			if all != nil && len(o.words) == 0 {
				t.Errorf("%s %s: none of %q is in %q", command.name, o.names[0], all, o.usage)
			}
			if o.words != nil && o.value == "" {
				t.Errorf("%s %s is a switch", command.name, o.names[0])
			}
		}
	}
}
