package report

import (
	"fmt"
	"io"
	"strings"

	"muster/internal/aggregate"
	"muster/internal/hostlist"
)

// Annotations commands GitHub's runner to show, beside a job, what crossed a threshold, which hosts failed, why the run ended
// before its time, and its warnings. Failures that the exit code makes nothing of are warnings.
func Annotations(w io.Writer, d *Document) error {
	var b strings.Builder
	given := map[string]int{}
	annotate := func(level, title, message string) {
		if given[level]++; given[level] > mostAnnotations {
			return
		}
		fmt.Fprintf(&b, "::%s title=%s::%s\n", level, commandProperty.Replace(Clean(title)), commandData.Replace(Clean(message)))
	}
	title := "muster " + d.Run.Command
	level := "error"
	if d.ExitCode == 0 {
		level = "warning"
	}
	if d.brokenOff() {
		annotate(level, title, d.ExitReason)
	}
	for _, t := range d.Thresholds {
		if !t.Crossed {
			continue
		}
		level := "error"
		if t.Level == LevelWarn {
			level = "warning"
		}
		annotate(level, title+": "+t.Level+"-if", t.Rule+t.Crossing(d.Summary.Hosts))
	}
	for _, f := range aggregate.Failures(d.Hosts) {
		message := cut(hostlist.Fold(f.Hosts), mostAnnotated)
		for _, r := range f.Reasons[:min(len(f.Reasons), mostReasons)] {
			if why := reason(r); why != "" {
				message += "; " + cut(why, mostAnnotated)
			}
		}
		annotate(level, fmt.Sprintf("%s: %d %s", title, len(f.Hosts), f.Status), message)
	}
	if d.ExitCode != 0 && given["error"] == 0 { // by what is no host's, or no host's that is shown
		annotate("error", title, d.ExitReason)
	}
	for _, warning := range d.Warnings {
		annotate("warning", title, cut(warning, mostAnnotated))
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("annotations write: %w", err)
	}
	return nil
}

// mostAnnotations bounds the errors, and the warnings: GitHub shows no more.
const mostAnnotations = 10

// mostAnnotated bounds, in columns, how much of a list of hosts, or of a reason, an annotation has.
const mostAnnotated = 300

// What a command's message and its properties stand for where they hold characters that would end them. Newlines are not
// among what is clean.
var (
	commandData     = strings.NewReplacer("%", "%25")
	commandProperty = strings.NewReplacer("%", "%25", ":", "%3A", ",", "%2C")
)
