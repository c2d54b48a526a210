package main

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// The table of docs/ssh.md names, for each feature and server, tests that there are; each way of TestWays has its row.
func TestServersTable(t *testing.T) {
	text, err := os.ReadFile("docs/ssh.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), "| feature | OpenSSH | dropbear |\n|---|---|---|\n")
	if !found {
		t.Fatal("there is no table of features and servers")
	}
	tests := testNames(t)
	rows := map[string]string{}
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(line, "| \n"), " | ")
		if !strings.HasPrefix(line, "|") {
			break
		}
		if len(cells) != 3 {
			t.Errorf("not a row: %s", line)
			continue
		}
		rows[strings.ReplaceAll(cells[0], "`", "")] = line
		for _, cell := range cells[1:] {
			names := quoted.FindAllStringSubmatch(cell, -1)
			if len(names) == 0 && !strings.HasPrefix(cell, "none: ") {
				t.Errorf("a cell without a test, or a reason: %s", line)
			}
			for _, name := range names {
				if !tests[name[1]] {
					t.Errorf("no test %s: %s", name[1], line)
				}
			}
		}
	}
	for _, w := range ways {
		if strings.Count(rows[w.name], "`main.TestWays`") != 2 {
			t.Errorf("no row of two TestWays for %q", w.name)
		}
	}
}

var (
	quoted   = regexp.MustCompile("`([^`]+)`")
	declared = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
)

// testNames are the tests that there are, as package.Test.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := fs.WalkDir(os.DirFS("."), ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, "_test.go") {
			return err
		}
		source, err := os.ReadFile(file)
		of := strings.TrimPrefix(strings.TrimPrefix(path.Join("main", path.Dir(file)), "main/"), "internal/")
		for _, name := range declared.FindAllStringSubmatch(string(source), -1) {
			names[of+"."+name[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
