package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"muster/internal/aggregate"
	"muster/internal/fleet"
)

// The elements of a JUnit report, as Ant has them and CI systems read them. There is no standard of it.
type (
	junitSuites struct {
		XMLName xml.Name `xml:"testsuites"`
		junitCounts
		Suites []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		junitCounts
		Timestamp string      `xml:"timestamp,attr"`
		Cases     []junitCase `xml:"testcase"`
		Warnings  *junitText  `xml:"system-err"`
	}
	junitCounts struct {
		Name     string `xml:"name,attr"`
		Tests    int    `xml:"tests,attr"`
		Failures int    `xml:"failures,attr"`
		Errors   int    `xml:"errors,attr"`
		Skipped  int    `xml:"skipped,attr"`
		Time     string `xml:"time,attr"` // seconds
	}
	junitCase struct {
		Class   string       `xml:"classname,attr"`
		Name    string       `xml:"name,attr"`
		Time    string       `xml:"time,attr"`
		Skipped *junitReason `xml:"skipped"`
		Error   *junitReason `xml:"error"`
		Failure *junitReason `xml:"failure"`
		Stdout  *junitText   `xml:"system-out"`
		Stderr  *junitText   `xml:"system-err"`
	}
	junitText struct {
		Text string `xml:",cdata"`
	}
	junitReason struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// mostJUnitOutput bounds how many bytes are kept of each stream of a command that failed: readers hold all of a report.
const mostJUnitOutput = 4 << 10

// JUnit writes d as a suite of tests: one for each host, for each threshold, and for the run where that has failed as a whole,
// or by none of those that are there.
func JUnit(w io.Writer, d *Document) error {
	suite := junitSuite{
		junitCounts: junitCounts{Name: "muster " + d.Run.Command, Time: seconds(d.Run.DurationMS)},
		Timestamp:   d.Run.StartedAt.UTC().Format("2006-01-02T15:04:05"), // by the schemas without a zone
	}
	for _, h := range d.Hosts {
		c, err := hostCase(d.Run.Command, h)
		if err != nil {
			return fmt.Errorf("junit write: %w", err)
		}
		suite.add(c)
	}
	for _, t := range d.Thresholds {
		suite.add(thresholdCase(t, d.Summary.Hosts))
	}
	if d.brokenOff() || d.ExitCode != 0 && suite.Failures+suite.Errors == 0 {
		suite.add(junitCase{Class: "muster", Name: "run", Time: suite.Time, Error: newReason(fmt.Sprintf("exit code %d", d.ExitCode), d.ExitReason)})
	}
	if d.Warnings != nil {
		suite.Warnings = new(junitText)
	}
	for _, warning := range d.Warnings {
		suite.Warnings.Text += Quote("warning: ", []byte(warning)) + "\n"
	}

	if _, err := io.WriteString(w, xml.Header); err != nil {
		return fmt.Errorf("junit write: %w", err)
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", " ")
	if err := encoder.Encode(junitSuites{junitCounts: suite.junitCounts, Suites: []junitSuite{suite}}); err != nil {
		return fmt.Errorf("junit write: %w", err)
	}
	if _, err := io.WriteString(w, "\n"); err != nil {
		return fmt.Errorf("junit write: %w", err)
	}
	return nil
}

func (s *junitSuite) add(c junitCase) {
	s.Tests++
	switch {
	case c.Skipped != nil:
		s.Skipped++
	case c.Error != nil:
		s.Errors++
	case c.Failure != nil:
		s.Failures++
	}
	s.Cases = append(s.Cases, c)
}

// hostCase is the test that a host is. What this machine did to it is an error, not its failure.
func hostCase(command string, o *fleet.Outcome) (junitCase, error) {
	c := junitCase{Class: "muster." + command, Name: Clean(o.Host), Time: "0"}
	if o.DurationMS != nil {
		c.Time = seconds(*o.DurationMS)
	}
	why := newReason(string(o.Status), reason(aggregate.Reason{Phase: o.Phase, Hop: o.Hop, Error: o.Error}))
	switch {
	case !o.Status.Failed():
		return c, nil
	case o.Status.Unfinished():
		c.Skipped = why
	case o.Status == fleet.StatusLost || o.Status == fleet.StatusLocal:
		c.Error = why
	default:
		c.Failure = why
	}
	var err error
	if c.Stdout, err = excerpt(o.Stdout); err != nil {
		return c, err
	}
	c.Stderr, err = excerpt(o.Stderr)
	return c, err
}

// thresholdCase is the test that a threshold is. One that only warns is skipped where it is crossed, and so shown.
func thresholdCase(t Threshold, all int) junitCase {
	c := junitCase{Class: "muster.threshold", Name: Clean(t.Rule), Time: "0"}
	why := newReason(t.Level, "crossed"+t.Crossing(all))
	switch {
	case t.Crossed && t.Level == LevelFail:
		c.Failure = why
	case t.Crossed:
		c.Skipped = why
	}
	return c
}

func newReason(kind, message string) *junitReason {
	message = Clean(message)
	return &junitReason{Message: cut(message, 1000), Type: Clean(kind), Text: message}
}

// excerpt is the first of what was written, a line at a time.
func excerpt(t fleet.Text) (*junitText, error) {
	if t == nil || t.Len() == 0 {
		return nil, nil
	}
	text, err := t.Bytes()
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for line := range strings.Lines(string(text[:min(len(text), mostJUnitOutput)])) {
		b.WriteString(Quote(" ", []byte(strings.TrimSuffix(line, "\n"))) + "\n")
	}
	if more := t.Len() - mostJUnitOutput; more > 0 {
		fmt.Fprintf(&b, " %s %d more bytes\n", ellipsis, more)
	}
	return &junitText{b.String()}, nil
}

// seconds writes milliseconds as the schemas have a time.
func seconds(ms float64) string {
	return fmt.Sprintf("%.3f", duration(ms, time.Millisecond).Seconds())
}
