package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// arrows is the import policy of the packages of this module: "a < b" means that b may import a. Arrows are transitive,
// and a name covers its subpackages. What cannot be derived from these lines fails the test, and so does a package that
// is to the right of no arrow. "ALL" is every package that is, but those after its "-". Do not change these lines to make
// a build pass.
const arrows = `
NONE < fleet, partition, hostlist, stats, strategy, child, durable, meter, spool, scratch, hide, tier;
tier < sshdtest;
child < launch, slurm;
fleet < procfs, wire;
fleet, hostlist < inventory;
fleet, stats < aggregate;
fleet, child, durable < sshconf;
fleet, durable < journal;
fleet, child < remote;
fleet, procfs < simulate;
fleet, wire, meter, hide < worker;
fleet, wire, procfs, remote, child, scratch, worker < task;
fleet, wire, launch < orchestrator;
fleet, stats, hostlist, aggregate, durable < report;
fleet, stats, aggregate < query;
fleet, stats, strategy, child, durable, meter < compare;
ALL - main, task, remote, worker, sshdtest, tier < cli;
cli, worker, task < main;
`

// public lists the packages that are not in internal/.
const public = "main, partition, worker"

// places says which packages alone may import a package from elsewhere; of two lines, the longer path counts. Every
// module has to be here. What is not, of the standard library, is free to all.
const places = `
os/exec: child, launch, slurm, sshdtest, tier;
golang.org/x/sys: child, cli, durable, hide, launch, scratch, slurm, worker;
golang.org/x/term: worker, cli;
golang.org/x/time: remote;
syscall: child, durable, sshconf, worker, launch, main, simulate, cli, remote, report, sshdtest;
golang.org/x/crypto/ssh: remote, sshconf, simulate, sshdtest;
github.com/urfave/cli/v2: cli;
go.yaml.in/yaml/v3: cli, inventory;
github.com/google/shlex: cli;
github.com/olekukonko/tablewriter: report;
github.com/expr-lang/expr: query;
github.com/vbauerster/mpb: report;
github.com/guptarohit/asciigraph: report;
golang.org/x/perf/benchmath: stats;
github.com/aclements/go-moremath/stats: stats;
github.com/hashicorp/go-multierror: orchestrator, inventory, cli;
github.com/go-json-experiment/json: wire, journal, inventory;
os/signal: main;
log/slog: fleet;
log: NONE;
net/http: NONE;
plugin: NONE;
unsafe: NONE;
C: NONE;
`

// calls says which packages alone may use a name.
const calls = `
os.Exit: main;
os.Args: main;
os.StartProcess: NONE;
syscall.StartProcess: NONE;
syscall.ForkExec: NONE;
syscall.Exec: NONE;
syscall.Exit: NONE;
golang.org/x/sys/unix.Exec: NONE;
golang.org/x/sys/unix.Exit: NONE;
`

func TestImports(t *testing.T) {
	check(t, os.DirFS("."), t.Errorf)
}

// Each of these would otherwise get past the policy.
func TestImportsRefused(t *testing.T) {
	tests := []struct{ file, source, want string }{
		{"internal/wire/x.go", `import "muster/worker"`, "wire imports muster/worker: no arrow"},
		{"internal/fleet/x.go", `import "log"; func f() { log.Fatal() }`, "fleet imports log: only [NONE] may"},
		{"internal/fleet/x.go", `import _ "net/http/pprof"`, "fleet imports net/http/pprof: only [NONE] may"},
		{"internal/fleet/x.go", `import "github.com/mattn/go-runewidth"`, "fleet imports github.com/mattn/go-runewidth: no place"},
		{"internal/fleet/x_darwin.go", `import "os"; var start = os.StartProcess`, "fleet uses os.StartProcess: only [NONE] may"},
		{"internal/child/x.go", `import "\x73yscall"; var start = syscall.Exec`, "child uses syscall.Exec: only [NONE] may"},
		{"worker/x.go", `import "golang.org/x/sys/unix"; var start = unix.Exec`, "worker uses golang.org/x/sys/unix.Exec: only [NONE] may"},
		{"internal/fleet/x.go", `import sys "os"; var args = sys.Args`, "fleet uses os.Args: only [main] may"},
		{"internal/fleet/x.go", `import . "os"; func f() { Exit(3) }`, "fleet imports all names of os"},
		{"internal/stray/x.go", `import "unsafe"`, "stray is to the right of no arrow"},
		{"internal/cli/x.go", `import "muster/internal/stray"`, "cli imports muster/internal/stray: no arrow"},
		{"internal/cli/x.go", `import "muster/wire"`, "cli imports muster/wire: no arrow"},
		{"wire/x.go", ``, "muster/wire is to the right of no arrow"},
		{"main/x.go", ``, "muster/main is to the right of no arrow"},
		{"internal/worker/x.go", ``, "muster/internal/worker is to the right of no arrow"},
	}
	module := fstest.MapFS{}
	for name := range closure(t, arrows) {
		dir := "internal/" + name
		if slices.Contains(names(public), name) {
			dir = strings.TrimPrefix(name, "main")
		}
		module[path.Join(dir, "p.go")] = &fstest.MapFile{Data: []byte("package p")}
	}
	check(t, module, t.Errorf)
	for _, tt := range tests {
		module[tt.file] = &fstest.MapFile{Data: []byte("package p; " + tt.source)}
		refused := false
		check(t, module, func(format string, args ...any) {
			refused = refused || strings.HasPrefix(fmt.Sprintf(format, args...), tt.want)
		})
		if !refused {
			t.Errorf("%s: %s: nobody says %q", tt.file, tt.source, tt.want)
		}
		delete(module, tt.file)
	}
}

// Before v0.56.0 a hostile server could block the SSH library for ever (CVE-2026-56855, CVE-2026-78662); v0.58.0 is what we
// have tried all faults with.
func TestSSHLibraryIsNewEnough(t *testing.T) {
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "golang.org/x/crypto v")
	var major, minor int
	if _, err := fmt.Sscanf(after, "%d.%d.", &major, &minor); err != nil || major == 0 && minor < 58 {
		t.Errorf("golang.org/x/crypto v%d.%d: %v", major, minor, err)
	}
}

func TestPolicyRefused(t *testing.T) {
	for _, text := range []string{"os: cli; log: cli; os: main", "os cli", "os: cli,\nmain"} {
		if found, err := statements(text, ":"); err == nil {
			t.Errorf("%q: %v", text, found)
		}
	}
}

// check complains of whatever breaks the policy in a module.
func check(t *testing.T, module fs.FS, complain func(format string, args ...any)) {
	packages, unread := modulePackages(module)
	importers, err1 := statements(places, ":")
	callers, err2 := statements(calls, ":")
	if err := errors.Join(unread, err1, err2); err != nil {
		t.Fatal(err)
	}
	allowed := closure(t, arrows)
	for name := range allowed {
		if packages[name] == nil {
			complain("the arrows speak of %s, which is not there", name)
		}
	}
	for name, p := range packages {
		if allowed[name] == nil {
			complain("%s is to the right of no arrow", name)
		}
		for imported := range p.imports {
			inner, ours := moduleName(imported)
			place := imported
			for place != "." && importers[place] == nil {
				place = path.Dir(place)
			}
			switch {
			case ours && inner != name && !allowed[name][inner]:
				complain("%s imports %s: no arrow says that it may", name, imported)
			case place != "." && !slices.Contains(importers[place], name):
				complain("%s imports %s: only %v may", name, imported, importers[place])
			case place == "." && strings.Contains(strings.Split(imported, "/")[0], "."):
				complain("%s imports %s: no place says that it may", name, imported)
			}
		}
		for used := range p.uses {
			if users := callers[used]; users != nil && !slices.Contains(users, name) {
				complain("%s uses %s: only %v may", name, used, users)
			}
			if imported, all := strings.CutSuffix(used, ".*"); all {
				complain("%s imports all names of %s: name them", name, imported)
			}
		}
	}
}

// pkg is what a package imports, and the names that it uses of that, such as os.Exit; "os.*" is a dot import.
type pkg struct{ imports, uses map[string]bool }

// modulePackages reads every package of the module, on every platform, tests left out.
func modulePackages(module fs.FS) (map[string]*pkg, error) {
	packages := map[string]*pkg{}
	return packages, fs.WalkDir(module, ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (file == "tools" || file == "testdata" || file == "examples" || strings.HasPrefix(file, ".") && file != "."):
			return fs.SkipDir
		case !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go"):
			return nil
		}
		text, unread := fs.ReadFile(module, file)
		parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.SkipObjectResolution)
		if err := errors.Join(unread, err); err != nil {
			return err
		}
		name, _ := moduleName(path.Join("muster", path.Dir(file)))
		if packages[name] == nil {
			packages[name] = &pkg{map[string]bool{}, map[string]bool{}}
		}
		packages[name].add(parsed)
		return nil
	})
}

func (p *pkg) add(file *ast.File) {
	local := map[string]string{} // the file's own names of what it imports
	for _, i := range file.Imports {
		imported, _ := strconv.Unquote(i.Path.Value) // which the parser has done before
		p.imports[imported] = true
		name := path.Base(imported)
		if i.Name != nil {
			name = i.Name.Name
		}
		local[name] = imported
		if name == "." {
			p.uses[imported+".*"] = true
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok {
				p.uses[local[x.Name]+"."+s.Sel.Name] = true
			}
		}
		return true
	})
}

// moduleName is the policy's name for an import path of this module: the whole path where a package of that name
// belongs elsewhere.
func moduleName(imported string) (name string, ours bool) {
	if imported == "muster" {
		return "main", true
	}
	rest, ours := strings.CutPrefix(imported, "muster/")
	rest, internal := strings.CutPrefix(rest, "internal/")
	name, _, _ = strings.Cut(rest, "/")
	if name == "main" || internal == slices.Contains(names(public), name) {
		name = imported
	}
	return name, ours
}

// closure returns for each package which others it may import.
func closure(t *testing.T, arrows string) map[string]map[string]bool {
	lines, err := statements(arrows, "<")
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string]map[string]bool{}
	for _, to := range lines {
		for _, b := range to {
			allowed[b] = map[string]bool{}
		}
	}
	for from, to := range lines {
		sources := names(from)
		if except, all := strings.CutPrefix(from, "ALL -"); all {
			not := append(names(except), to...)
			sources = slices.Collect(maps.Keys(allowed))
			sources = slices.DeleteFunc(sources, func(name string) bool { return slices.Contains(not, name) })
		}
		for _, a := range sources {
			for _, b := range to {
				allowed[b][a] = true
			}
		}
	}
	for range allowed { // no chain of arrows is longer
		for _, may := range allowed {
			for a := range may {
				maps.Copy(may, allowed[a])
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

// statements reads a policy, one statement a line: for each subject, the names after the separator.
func statements(text, separator string) (map[string][]string, error) {
	found := map[string][]string{}
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ';' || r == '\n' }) {
		subject, list, ok := strings.Cut(line, separator)
		subject = strings.TrimSpace(subject)
		if !ok || found[subject] != nil {
			return nil, fmt.Errorf("%q: no %q, or a second line of its subject", line, separator)
		}
		found[subject] = names(list)
	}
	return found, nil
}

func names(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}
