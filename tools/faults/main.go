// Faults runs the tests of docs/reliability.md and prints its table with what came of each row. It is started where that
// is found; its arguments go to go test.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"text/tabwriter"
)

// row is a fault, and what came of its tests.
type row struct {
	number, fault, promise, tests string

	passed, failed int
	skipped        []string // why
	seconds        float64
}

var (
	rowLine  = regexp.MustCompile(`(?m)^\| F(\d+) \| (.*) \| (.*) \| (.*) \|$`)
	testName = regexp.MustCompile(`\.(Test\w+)`)
	// A test's name, or a subtest's, that bears a row's number.
	numbered = regexp.MustCompile(`^(?:Test)?F(\d+)`)
	// What a test says, behind where it says it.
	saying = regexp.MustCompile(`^\s+\w+\.go:\d+: (.*)\n$`)
)

func main() {
	log.SetFlags(0)
	rows, err := read("docs/reliability.md")
	if err != nil {
		log.Fatal("faults: ", err)
	}
	err = runTests(rows, os.Args[1:])
	good := show(rows)
	if err != nil {
		log.Fatal("faults: ", err)
	}
	if !good {
		os.Exit(1)
	}
}

// read returns the rows of the table, in its order.
func read(file string) ([]*row, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var rows []*row
	for _, cells := range rowLine.FindAllStringSubmatch(string(text), -1) {
		rows = append(rows, &row{number: cells[1], fault: cells[2], promise: cells[3], tests: strings.ReplaceAll(cells[4], "`", "")})
	}
	if rows == nil {
		return nil, fmt.Errorf("%s: no faults", file)
	}
	return rows, nil
}

// runTests runs the tests of all rows and adds to each what came of its own. What a test says that fails goes to stderr.
func runTests(rows []*row, args []string) error {
	var names []string
	byNumber := map[string]*row{}
	for _, r := range rows {
		byNumber[r.number] = r
		for _, name := range testName.FindAllStringSubmatch(r.tests, -1) {
			names = append(names, name[1])
		}
	}
	pattern := "^(" + strings.Join(names, "|") + ")$"
	cmd := exec.Command("go", append(append([]string{"test", "-json", "-count=1", "-run", pattern}, args...), "./...")...)
	cmd.Stderr = os.Stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	said := map[string]*bytes.Buffer{} // by package and test
	for lines := bufio.NewReader(events); ; {
		line, unread := lines.ReadBytes('\n')
		if unread != nil {
			break // cmd.Wait says why
		}
		var e event
		if err := json.Unmarshal(line, &e); err != nil {
			return fmt.Errorf("go test: %q: %w", line, err)
		}
		of := e.Package + "." + e.Test
		if said[of] == nil {
			said[of] = new(bytes.Buffer)
		}
		switch e.Action {
		case "output":
			said[of].WriteString(e.Output)
		case "build-output":
			os.Stderr.WriteString(e.Output)
		case "fail":
			os.Stderr.Write(said[of].Bytes())
			fallthrough
		case "pass", "skip":
			if number, whole := numberOf(e.Test); byNumber[number] != nil && (whole || e.Action == "skip") {
				byNumber[number].add(e, said[of].String())
			}
			delete(said, of)
		}
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("go test: %w", err)
	}
	return nil
}

// numberOf is the row that a test is of, by the last of its names that bears a number, and whether it is all of that row's
// test: a subtest is a part of one of the same number, whose result and time have it already, but for that it was skipped.
func numberOf(test string) (number string, whole bool) {
	for _, name := range strings.Split(test, "/") {
		whole = false
		if bears := numbered.FindStringSubmatch(name); bears != nil && bears[1] != number {
			number, whole = bears[1], true
		}
	}
	return number, whole
}

// event is a line of go test -json.
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

// add counts a test of the row that has ended.
func (r *row) add(e event, said string) {
	r.seconds += e.Elapsed
	switch e.Action {
	case "pass":
		r.passed++
	case "fail":
		r.failed++
	case "skip":
		why := "skipped"
		for line := range strings.Lines(said) {
			if words := saying.FindStringSubmatch(line); words != nil {
				why = words[1]
			}
		}
		r.skipped = append(r.skipped, why)
	}
}

// result is what came of all the row's tests.
func (r *row) result() string {
	switch {
	case r.failed > 0:
		return "FAIL"
	case r.passed == 0 && r.skipped == nil:
		return "NOT RUN"
	case r.skipped == nil:
		return "pass"
	case r.passed == 0:
		return "skip: " + strings.Join(r.skipped, "; ")
	}
	return "pass, but " + strings.Join(r.skipped, "; ")
}

// show prints the table, and reports whether no row failed.
func show(rows []*row) bool {
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "#\tresult\tseconds\tfault\tpromised\ttests")
	bad, skipped := 0, 0
	for _, r := range rows {
		if r.failed > 0 || r.passed+len(r.skipped) == 0 {
			bad++
		} else if r.passed == 0 {
			skipped++
		}
		fmt.Fprintf(out, "F%s\t%s\t%.1f\t%s\t%s\t%s\n", r.number, r.result(), r.seconds, r.fault, r.promise, r.tests)
	}
	if err := out.Flush(); err != nil {
		log.Print("faults: ", err)
		return false
	}
	fmt.Printf("%d faults: %d survived, %d skipped, %d not\n", len(rows), len(rows)-bad-skipped, skipped, bad)
	return bad == 0
}
