package cli

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/urfave/cli/v2"
)

var update = flag.Bool("update", false, "write the manual anew")

// TestManual holds docs/man/muster.1 against the commands that it is made of.
func TestManual(t *testing.T) {
	file := filepath.Join("..", "..", "docs", "man", "muster.1")
	want := manual((&invocation{}).app())
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil || string(got) != want {
		t.Errorf("%s is not that of these commands: go test ./internal/cli -run TestManual -update: %v", file, err)
	}
}

// manual is the page of man(1), in the macros of man(7). It is made here, so that no muster that runs carries it.
func manual(app *cli.App) string {
	var w strings.Builder
	fmt.Fprintf(&w, ".\\\" Made of the commands by go test ./internal/cli -run TestManual -update\n.TH MUSTER 1\n.nh\n.ad l\n")
	fmt.Fprintf(&w, ".SH NAME\nmuster \\- %s\n", roff(app.Usage))
	fmt.Fprintf(&w, ".SH SYNOPSIS\n")
	for _, c := range visible(app) {
		for line := range strings.Lines(c.UsageText) {
			fmt.Fprintf(&w, ".PP\n%s\n", roff(strings.TrimSpace(line)))
		}
	}
	fmt.Fprintf(&w, ".SH DESCRIPTION\n%s\n", roff(`muster splits a host list into chunks, starts itself again as one worker process for each, connects to many
hosts in parallel inside each worker, and gathers what the workers write. Options may stand before or after the hosts, up to
--. The report goes to standard output, all else to standard error.`))
	fmt.Fprint(&w, ".SH COMMANDS\n")
	for _, c := range visible(app) {
		fmt.Fprintf(&w, ".SS muster %s\n%s.\n", c.Name, roff(upperFirst(c.Usage)))
		for part := range strings.SplitSeq(c.Description, "\n\n") {
			manualPart(&w, part)
		}
	}
	fmt.Fprint(&w, ".SH OPTIONS\nThe commands that have an option stand behind it.\n")
	manualOptions(&w, commandDocs(app))
	fmt.Fprint(&w, manualRest)
	return w.String()
}

// manualPart writes a part of a description: examples, and what is set like them, as they are.
func manualPart(w *strings.Builder, part string) {
	before, as, examples := strings.Cut(part, "Examples:\n")
	if !examples {
		fmt.Fprintf(w, ".PP\n%s\n", roff(part))
		return
	}
	if before != "" {
		fmt.Fprintf(w, ".PP\n%s\n", roff(before))
	}
	fmt.Fprintf(w, ".PP\nExamples:\n.PP\n.nf\n%s\n.fi\n", roff(strings.ReplaceAll("\n"+as, "\n  ", "\n")))
}

// manualOptions writes each option that means the same to some commands once, under its heading.
func manualOptions(w *strings.Builder, commands []commandDoc) {
	type shared struct {
		optionDoc
		commands []string
	}
	var headings []string
	under := map[string][]*shared{}
	for _, c := range commands {
		for _, o := range c.options {
			if !slices.Contains(headings, o.heading) {
				headings = append(headings, o.heading)
			}
			at := slices.IndexFunc(under[o.heading], func(s *shared) bool {
				return s.spelling() == o.spelling() && s.explanation() == o.explanation()
			})
			if at < 0 {
				at = len(under[o.heading])
				under[o.heading] = append(under[o.heading], &shared{optionDoc: o})
			}
			under[o.heading][at].commands = append(under[o.heading][at].commands, c.name)
		}
	}
	slices.Sort(headings) // the first are those of none
	for _, heading := range headings {
		if heading != "" {
			fmt.Fprintf(w, ".SS %s\n", roff(heading))
		}
		for _, o := range under[heading] {
			fmt.Fprintf(w, ".TP\n\\fB%s\\fR\n%s", roff(o.spelling()), roff(upperFirst(o.explanation())))
			if len(o.commands) < len(commands) {
				fmt.Fprintf(w, " \\fI%s\\fR", roff("["+strings.Join(o.commands, ", ")+"]"))
			}
			fmt.Fprint(w, "\n")
		}
	}
}

// roff is text with nothing in it that troff would obey, in ASCII.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(strings.TrimSpace(text))
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") {
			lines[i] = `\&` + line
		}
	}
	var w strings.Builder
	for _, r := range strings.Join(lines, "\n") {
		if r < utf8.RuneSelf {
			w.WriteRune(r)
		} else {
			fmt.Fprintf(&w, `\[u%04X]`, r)
		}
	}
	return w.String()
}

func upperFirst(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// manualRest is what no command tells.
const manualRest = `.SH EXIT STATUS
.TP
0
No failure but what \fB\-\-max\-failed\fR and \fB\-\-max\-unreachable\fR tolerate.
.TP
1
muster itself failed: the output cannot be written, or no worker started.
.TP
2
Usage, a bad host list, no hosts, a journal that does not fit.
.TP
3
Some host timed out, was lost, or was never reached because the run gave up.
.TP
4
Some host is unreachable, or let nobody in.
.TP
5
Some command or script failed, or what it wrote was too much or could not be parsed.
.TP
6
All as asked, but a rule of \fB\-\-fail\-if\fR was crossed.
.TP
124
The deadline was reached.
.TP
129, 130, 143
SIGHUP, SIGINT, SIGTERM; what is known is reported.
.TP
141
Whoever reads the output has gone.
.SH ENVIRONMENT
.TP
GITHUB_ACTIONS
Where it is true, annotations for GitHub are written to standard error.
.TP
MUSTER_CONFIG
Names the file of defaults, or none.
.TP
NO_COLOR
Where it is set and not empty, there are no colours but with \fB\-\-color always\fR.
.TP
SSH_AUTH_SOCK
The agent that is asked for keys.
.TP
XDG_CONFIG_HOME
What stands in place of \(ti/.config below, where it is set.
.SH FILES
.TP
\(ti/.config/muster/config.yaml
Defaults of options.
.TP
\(ti/.config/muster/groups.yaml
Groups of hosts, where \fB\-\-groups\fR names no other file.
.TP
\(ti/.ssh/config, \(ti/.ssh/known_hosts
As for ssh.
.SH SEE ALSO
.BR ssh (1),
.BR ssh_config (5)
`
