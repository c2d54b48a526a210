package main

import (
	"errors"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const reliability = "docs/reliability.md"

var updateRows = flag.Bool("update", false, "write into docs/reliability.md which tests there are")

// A test bears the number of its row, as TestF45WorkerKilled does, and t.Run("F45 SIGKILL", …) within any test.
var (
	rowTest    = regexp.MustCompile(`^TestF(\d+)`)
	rowSubtest = regexp.MustCompile(`^F(\d+) `)
	row        = regexp.MustCompile(`(?m)^(\| F(\d+) \|.*\| )(.*) \|$`)
)

// The table of faults names, for each row, the tests that there are, and every row has one.
func TestReliability(t *testing.T) {
	text, err := os.ReadFile(reliability)
	if err != nil {
		t.Fatal(err)
	}
	tests := rowTests(t, os.DirFS("."))
	rows := map[string]bool{}
	updated := row.ReplaceAllStringFunc(string(text), func(line string) string {
		cells := row.FindStringSubmatch(line)
		number, got, want := cells[2], cells[3], strings.Join(tests[cells[2]], ", ")
		if rows[number] {
			t.Errorf("F%s has two rows", number)
		}
		if rows[number] = true; want == "" {
			t.Errorf("F%s has no test", number)
			return line
		}
		if got != want && !*updateRows {
			t.Errorf("F%s: its tests are %s, not %s; -update writes them down", number, want, got)
		}
		return cells[1] + want + " |"
	})
	for number, names := range tests {
		if !rows[number] {
			t.Errorf("F%s has no row, but tests: %v", number, names)
		}
	}
	if *updateRows {
		if err := os.WriteFile(reliability, []byte(updated), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// rowTests are the tests of each row, as `package.Test`, sorted.
func rowTests(t *testing.T, module fs.FS) map[string][]string {
	tests := map[string][]string{}
	err := fs.WalkDir(module, ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (file == "tools" || d.Name() == "testdata" || strings.HasPrefix(file, ".") && file != "."):
			return fs.SkipDir
		case !strings.HasSuffix(file, "_test.go"):
			return nil
		}
		source, unread := fs.ReadFile(module, file)
		parsed, err := parser.ParseFile(token.NewFileSet(), file, source, parser.SkipObjectResolution)
		if err := errors.Join(unread, err); err != nil {
			return err
		}
		of := strings.TrimPrefix(strings.TrimPrefix(path.Join("main", path.Dir(file)), "main/"), "internal/")
		tables := map[string][]string{} // rows that variables of the file name
		for _, declared := range parsed.Decls {
			function, ok := declared.(*ast.FuncDecl)
			switch {
			case !ok:
				for _, name := range variables(declared) {
					tables[name] = numbers("", declared)
				}
				continue
			case !strings.HasPrefix(function.Name.Name, "Test"):
				if found := numbers("", function); found != nil {
					t.Errorf("%s: a name that begins with F%s is in no test", file, found[0])
				}
				continue
			}
			test := function.Name.Name
			found := numbers(test, function)
			ast.Inspect(function, func(n ast.Node) bool {
				if name, ok := n.(*ast.Ident); ok {
					found = append(found, tables[name.Name]...)
				}
				return true
			})
			for _, number := range found {
				tests[number] = append(tests[number], "`"+of+"."+test+"`")
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for number, names := range tests {
		slices.Sort(names)
		tests[number] = slices.Compact(names)
	}
	return tests
}

// variables are the names that a declaration of variables gives.
func variables(declared ast.Decl) (names []string) {
	ast.Inspect(declared, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok {
			for _, name := range v.Names {
				names = append(names, name.Name)
			}
		}
		return true
	})
	return names
}

// numbers are the rows that a test names: by its own name, and by those of its subtests.
func numbers(test string, declared ast.Decl) []string {
	var found []string
	if number := rowTest.FindStringSubmatch(test); number != nil {
		found = append(found, number[1])
	}
	ast.Inspect(declared, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			text, _ := strconv.Unquote(literal.Value) // which the parser has done before
			if number := rowSubtest.FindStringSubmatch(text); number != nil {
				found = append(found, number[1])
			}
		}
		return true
	})
	return found
}
