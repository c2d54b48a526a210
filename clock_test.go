package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

// F80: the clock on the wall may be set at any time, so no duration is taken from it. A time.Time measures by the clock that
// only goes forward until one of these methods strips it of that. Such a time is only written down: it is formatted at once,
// or is a member of what is written, of which no package that makes it takes durations. Only a host's clock is compared with
// ours as it is.
func TestF80WallClock(t *testing.T) {
	const hostsClock = "internal/procfs/"
	strips := []string{"UTC", "Local", "In", "Round", "Truncate", "Unix", "UnixMilli", "UnixMicro", "UnixNano"}
	files := token.NewFileSet()
	packages := map[string][]*ast.File{}
	err := fs.WalkDir(os.DirFS("."), ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (file == "tools" || file == "testdata" || strings.HasPrefix(file, ".") && file != "."):
			return fs.SkipDir
		case !strings.HasSuffix(file, ".go"), strings.HasSuffix(file, "_test.go"), strings.HasPrefix(file, hostsClock):
			return nil
		}
		parsed, err := parser.ParseFile(files, file, nil, parser.SkipObjectResolution)
		packages[path.Dir(file)] = append(packages[path.Dir(file)], parsed)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	stripped := func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) > 0 {
			return false
		}
		method, ok := call.Fun.(*ast.SelectorExpr)
		return ok && slices.Contains(strips, method.Sel.Name)
	}
	for _, parsed := range packages {
		written := map[string]bool{} // members that are stripped
		fine := map[ast.Node]bool{}
		walk := func(each func(ast.Node)) {
			for _, file := range parsed {
				ast.Inspect(file, func(n ast.Node) bool { each(n); return true })
			}
		}
		walk(func(n ast.Node) {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && stripped(n.Value) {
					written[key.Name], fine[n.Value] = true, true
				}
			case *ast.AssignStmt:
				for i, to := range n.Lhs {
					if member, ok := to.(*ast.SelectorExpr); ok && i < len(n.Rhs) && stripped(n.Rhs[i]) {
						written[member.Sel.Name], fine[n.Rhs[i]] = true, true
					}
				}
			case *ast.SelectorExpr:
				fine[n.X] = fine[n.X] || n.Sel.Name == "Format"
			case *ast.CallExpr: // uint64(…): by the calendar, as certificates hold
				if to, ok := n.Fun.(*ast.Ident); ok && to.Name == "uint64" {
					fine[n.Args[0]] = true
				}
			}
		})
		walk(func(n ast.Node) {
			if stripped(n) && !fine[n] {
				t.Errorf("%s: a time without its own clock is kept", files.Position(n.Pos()))
			}
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return
			}
			called, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !slices.Contains([]string{"Since", "Until", "Sub", "Before", "After"}, called.Sel.Name) {
				return
			}
			for _, operand := range append(call.Args, called.X) {
				if member, ok := operand.(*ast.SelectorExpr); ok && written[member.Sel.Name] {
					t.Errorf("%s: %s of a time without its own clock", files.Position(n.Pos()), called.Sel.Name)
				}
			}
		})
	}
}
