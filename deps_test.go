package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows is the import policy of the packages of this module: "a < b" means that b may import a. Arrows are transitive,
// and a name covers its subpackages. What cannot be derived from these lines fails the test. "ALL" is every package
// but those after its "-".
//
// Do not change these lines to make a build pass.
const arrows = `
NONE < fleet, partition, hostlist, stats, strategy, child, durable, sshdtest;
child < launch;
fleet < procfs;
fleet, hostlist < inventory;
fleet, stats < aggregate;
fleet, child, durable < sshconf;
fleet < wire;
fleet, child < remote;
fleet, procfs < simulate;
fleet, wire < worker;
fleet, wire, procfs, remote, child, worker < task;
fleet, wire, launch < orchestrator;
fleet, stats, hostlist, aggregate, durable < report;
ALL - main, task, remote, worker, sshdtest < cli;
cli, worker, task < main;
`

// places says which packages alone may import a package from elsewhere.
const places = `
os/exec: child, launch, sshdtest;
golang.org/x/sys: child, durable, worker;
golang.org/x/term: worker, cli;
syscall: child, durable, worker, launch, main, simulate, cli, remote, report, sshdtest;
golang.org/x/crypto/ssh: remote, sshconf, simulate, sshdtest;
github.com/urfave/cli/v2: cli;
github.com/olekukonko/tablewriter: report;
github.com/vbauerster/mpb: report;
github.com/hashicorp/go-multierror: orchestrator, inventory, cli;
github.com/go-json-experiment/json: wire;
os/signal: main;
`

// calls says which packages alone may use a name.
const calls = `
os.Exit: main;
os.Args: main;
`

func TestImports(t *testing.T) {
	packages := modulePackages(t)
	allowed := closure(t, packages)
	for name, p := range packages {
		for imported := range p.imports {
			if inner, ok := moduleName(imported); ok {
				if inner != name && !allowed[name][inner] {
					t.Errorf("%s imports %s: no arrow says that it may", name, inner)
				}
				continue
			}
			for place, users := range statements(places, ":") {
				if (imported == place || strings.HasPrefix(imported, place+"/")) && !slices.Contains(users, name) {
					t.Errorf("%s imports %s: only %s may", name, imported, strings.Join(users, ", "))
				}
			}
		}
		for call, users := range statements(calls, ":") {
			if p.uses[call] && !slices.Contains(users, name) {
				t.Errorf("%s uses %s: only %s may", name, call, strings.Join(users, ", "))
			}
		}
	}
	for name := range allowed {
		if packages[name] == nil {
			t.Errorf("the arrows speak of %s, which is not there", name)
		}
	}
}

type pkg struct{ imports, uses map[string]bool }

// modulePackages reads the imports of every package of the module, on every platform, tests left out.
func modulePackages(t *testing.T) map[string]*pkg {
	packages := map[string]*pkg{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (path == "tools" || path == "testdata" || path == "examples" || strings.HasPrefix(path, ".") && path != ".") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		name, _ := moduleName(filepath.ToSlash(filepath.Join("muster", filepath.Dir(path))))
		if packages[name] == nil {
			packages[name] = &pkg{map[string]bool{}, map[string]bool{}}
		}
		for _, i := range file.Imports {
			imported, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			packages[name].imports[imported] = true
		}
		for call := range statements(calls, ":") {
			if usesName(file, call) {
				packages[name].uses[call] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return packages
}

// moduleName is the policy's name for an import path of this module.
func moduleName(path string) (string, bool) {
	if path == "muster" {
		return "main", true
	}
	rest, ok := strings.CutPrefix(path, "muster/")
	if !ok {
		return "", false
	}
	rest = strings.TrimPrefix(rest, "internal/")
	name, _, _ := strings.Cut(rest, "/")
	return name, true
}

// closure returns for each package which others it may import.
func closure(t *testing.T, packages map[string]*pkg) map[string]map[string]bool {
	allowed := map[string]map[string]bool{}
	for line := range strings.SplitSeq(arrows, ";") {
		from, to, ok := strings.Cut(line, "<")
		if !ok {
			continue
		}
		var sources []string
		if except, all := strings.CutPrefix(strings.TrimSpace(from), "ALL -"); all {
			for name := range packages {
				if !slices.Contains(names(except), name) && !slices.Contains(names(to), name) {
					sources = append(sources, name)
				}
			}
		} else {
			sources = names(from)
		}
		for _, b := range names(to) {
			if allowed[b] == nil {
				allowed[b] = map[string]bool{}
			}
			for _, a := range sources {
				if a != "NONE" {
					allowed[b][a] = true
				}
			}
		}
	}
	for grew := true; grew; {
		grew = false
		for _, may := range allowed {
			for a := range may {
				for deeper := range allowed[a] {
					if !may[deeper] {
						may[deeper], grew = true, true
					}
				}
			}
		}
	}
	for b, may := range allowed {
		if may[b] {
			t.Errorf("the arrows go round in a circle through %s", b)
		}
	}
	return allowed
}

func statements(text, separator string) map[string][]string {
	found := map[string][]string{}
	for line := range strings.SplitSeq(text, ";") {
		if subject, list, ok := strings.Cut(line, separator); ok {
			found[strings.TrimSpace(subject)] = names(list)
		}
	}
	return found
}

func names(list string) []string {
	var all []string
	for name := range strings.SplitSeq(list, ",") {
		all = append(all, strings.TrimSpace(name))
	}
	return all
}

// usesName reports whether file mentions a name such as os.Exit.
func usesName(file *ast.File, call string) bool {
	from, name, _ := strings.Cut(call, ".")
	found := false
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == name {
			x, isName := s.X.(*ast.Ident)
			found = found || isName && x.Name == from
		}
		return !found
	})
	return found
}
