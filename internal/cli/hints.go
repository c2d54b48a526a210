package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"muster/internal/child"
	"muster/internal/fleet"
	"muster/internal/report"
)

// hintTexts says what to do about a status, where there is something that helps often.
var hintTexts = []struct {
	status fleet.Status
	task   string // empty: any
	text   string
}{
	{fleet.StatusHostKey, "", "a key that is not known is for known_hosts once it was checked: ssh-keyscan gets it, --host-key accept-new writes new ones down unseen; one that changed may be an attack"},
	{fleet.StatusAuth, "", "no key of yours was accepted: --identity names one, ssh-add gives one to the agent, --user is whom to log in as"},
	{fleet.StatusParse, statsTask, "hosts are to be Linux: load and memory are read from /proc"},
	{fleet.StatusLost, "", "these hosts brought their workers down: --verbose shows how"},
}

// hints returns what may help with the failures that there were.
func (g *gathering) hints(d *report.Document) []string {
	var texts []string
	for _, h := range hintTexts {
		if d.Summary.ByStatus[h.status] > 0 && (h.task == "" || h.task == g.task) {
			texts = append(texts, h.text)
		}
	}
	if g.launching.far() && d.Summary.ByStatus[fleet.StatusAuth] > 0 {
		texts = append(texts, "behind --launcher there is no agent: only keys from files let you in")
	}
	if g.oneWord(d.Hosts) {
		texts = append(texts, "one word was looked for as one program: --shell takes a line for a shell")
	}
	return texts
}

// oneWord reports whether a whole line was given as a single word, which hosts did not find.
func (g *gathering) oneWord(hosts []*fleet.Outcome) bool {
	return g.said() && len(g.words) == 1 && strings.Contains(g.words[0], " ") &&
		slices.ContainsFunc(hosts, func(h *fleet.Outcome) bool { return h.ExitCode != nil && *h.ExitCode == 127 })
}

// hinted is an error with something that helps.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }
func (h hinted) Hint() string  { return h.hint }

// hintOfScript says what helps where a script cannot be started.
func hintOfScript(script string, err error) string {
	switch refusal := child.WhyRefused(err); {
	case refusal == child.NotExecutable && errors.Is(err, fs.ErrPermission):
		return fmt.Sprintf("chmod +x %[1]s, or name what runs it: -- sh %[1]s", script)
	case refusal == child.NotFound && !strings.Contains(script, "/"):
		return fmt.Sprintf("programs are looked up in PATH: ./%s is the one here", script)
	}
	return ""
}
