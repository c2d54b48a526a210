package inventory

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/internal/tier"
)

// ansibleItself says of each inventory that its input names what Ansible makes of it, as a line of JSON: the variables of
// hosts, and the hosts of groups.
const ansibleItself = `
import json, sys
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.manager import VariableManager
names = ["ansible_" + ssh + name for ssh in ("", "ssh_") for name in ("host", "port", "user")]
for file in sys.stdin.read().splitlines():
    loader = DataLoader()
    inventory = InventoryManager(loader=loader, sources=[file])
    manager = VariableManager(loader=loader, inventory=inventory)
    hosts = {}
    for host in inventory.get_hosts():
        found = manager.get_vars(host=host, include_hostvars=False, stage="all")
        hosts[host.name] = {name: str(found[name]) for name in names if found.get(name) not in (None, "")}
    groups = {name: sorted(h.name for h in group.get_hosts()) for name, group in inventory.groups.items()}
    print(json.dumps({"Hosts": hosts, "Groups": groups}))
`

// reading is what an inventory comes to.
type reading struct {
	Hosts  map[string]map[string]string
	Groups map[string][]string
}

// readAlone reads one inventory.
func readAlone(t *testing.T, file string) *ansible {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a := newAnsible(1000)
	if err := a.read(file, text); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if err := a.settle(); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *ansible) reading() reading {
	r := reading{map[string]map[string]string{}, map[string][]string{}}
	for _, h := range a.hosts {
		vars := map[string]string{}
		for _, name := range usedVars {
			if v := h.value([]string{name}); v.text != "" {
				vars[name] = v.text
			}
		}
		r.Hosts[h.name] = vars
	}
	for _, name := range a.names {
		r.Groups[name] = []string{}
		for _, text := range a.members(a.groups[name]) {
			r.Groups[name] = append(r.Groups[name], text.Expr)
		}
		slices.Sort(r.Groups[name])
	}
	return r
}

// Inventories of any shape come to what Ansible makes of them: which hosts there are, in which groups, with which variables
// of which of those.
func TestAnsibleItself(t *testing.T) {
	script, err := os.ReadFile(tier.Needs(t, "ansible-inventory"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(script), "\n")
	python := strings.Fields(strings.TrimPrefix(line, "#!"))[0] // which has its modules

	random := rand.New(rand.NewPCG(7, 1))
	dir := t.TempDir()
	var files []string
	for i := range tier.Times(20, 100, 2000) {
		drawn := drawInventory(random)
		ini, yaml := filepath.Join(dir, fmt.Sprintf("%d.ini", i)), filepath.Join(dir, fmt.Sprintf("%d.yaml", i))
		writeFile(t, ini, drawn.ini())
		writeFile(t, yaml, drawn.yaml())
		files = append(files, ini, yaml)
	}
	cmd := exec.Command(python, "-c", ansibleItself)
	cmd.Dir, cmd.Stderr, cmd.Stdin = dir, t.Output(), strings.NewReader(strings.Join(files, "\n"))
	cmd.Env = append(os.Environ(), "ANSIBLE_INVENTORY_UNPARSED_FAILED=1", "HOME="+dir)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	theirs := json.NewDecoder(strings.NewReader(string(out)))
	for _, file := range files {
		var want reading
		if err := theirs.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, readAlone(t, file).reading()); diff != "" {
			text, _ := os.ReadFile(file)
			t.Fatalf("%s\n%s", diff, text)
		}
	}
	for _, file := range files[:2] {
		out, err := exec.Command("ansible-inventory", "-i", file, "--list").Output()
		if err != nil {
			t.Fatal(err)
		}
		list := file + ".json"
		writeFile(t, list, string(out))
		want, got := readAlone(t, file).reading(), readAlone(t, list).reading()
		for name, hosts := range want.Groups { // it leaves out those without hosts
			if len(hosts) == 0 {
				delete(want.Groups, name)
				delete(got.Groups, name)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s\n%s", diff, out)
		}
	}
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// drawnGroup is a group of an inventory, to be written down in one format or another.
type drawnGroup struct {
	name     string
	hosts    []drawnHost
	children []string
	vars     [][2]string
}

type drawnHost struct {
	pattern string
	vars    [][2]string
}

type drawnInventory []drawnGroup

func drawInventory(random *rand.Rand) drawnInventory {
	one := func(of ...string) string { return of[random.IntN(len(of))] }
	vars := func(most int) [][2]string {
		var all [][2]string
		for range random.IntN(most + 1) {
			name := one("ansible_host", "ansible_port", "ansible_user", "ansible_ssh_host", "ansible_ssh_port", "ansible_ssh_user", "other")
			if slices.ContainsFunc(all, func(v [2]string) bool { return v[0] == name }) {
				continue
			}
			value := one("10.0.0.1", "a.example.com", "root")
			if strings.HasSuffix(name, "port") {
				value = one("22", "2222", "22022")
			}
			all = append(all, [2]string{name, value})
		}
		return all
	}
	groups := drawnInventory{{name: "all", vars: vars(2)}, {name: "ungrouped"}}
	for i := range 2 + random.IntN(6) {
		groups = append(groups, drawnGroup{name: one("g", "z-", "a_") + fmt.Sprint(i)})
	}
	for i := range groups {
		g := &groups[i]
		for range random.IntN(4) {
			g.hosts = append(g.hosts, drawnHost{
				one("web1", "web2", "db", "10.0.0.7", "n[1:3]", "n[01:04:2].x", "web[a:c]", "m[8:11]-[a:b]", "web1:2022", "[2001:db8::1]:22", "h[:2]", "x[A:C:2]", "p[1:2]:22"),
				vars(2),
			})
		}
		if i < 2 {
			continue
		}
		g.vars = vars(3)
		if random.IntN(3) == 0 {
			g.vars = append(g.vars, [2]string{priorityVar, fmt.Sprint(random.IntN(4))})
		}
		for j := i + 1; j < len(groups); j++ {
			if random.IntN(3) == 0 {
				g.children = append(g.children, groups[j].name)
			}
		}
	}
	return groups
}

// ini writes the groups from the last to the first, so that children stand before and after their parents.
func (groups drawnInventory) ini() string {
	var b strings.Builder
	quotes := []string{"", "'", `"`}
	for i, g := range slices.Backward(groups) {
		quote := quotes[i%3]
		fmt.Fprintf(&b, "; %d\n  [%s] # %d\n", i, g.name, i)
		for j, h := range g.hosts {
			b.WriteString(h.pattern)
			for _, v := range h.vars {
				fmt.Fprintf(&b, "\t%s=%s%s%s", v[0], quotes[j%3], v[1], quotes[j%3])
			}
			b.WriteString(" # a comment\n\n")
		}
		fmt.Fprintf(&b, "[%s:vars]\n", g.name)
		for _, v := range g.vars {
			fmt.Fprintf(&b, "%s = %s%s%s\n", v[0], quote, v[1], quote)
		}
		fmt.Fprintf(&b, "[%s:children]\n%s\n", g.name, strings.Join(g.children, "  # one\n"))
	}
	return b.String()
}

func (groups drawnInventory) yaml() string {
	var b strings.Builder
	for i, g := range groups {
		fmt.Fprintf(&b, "%s:\n  hosts:\n", g.name)
		seen := map[string]bool{}
		for _, h := range g.hosts {
			if seen[h.pattern] {
				continue
			}
			seen[h.pattern] = true
			fmt.Fprintf(&b, "    %q:\n", h.pattern)
			for _, v := range h.vars {
				fmt.Fprintf(&b, "      %s: %s\n", v[0], v[1])
			}
		}
		b.WriteString("  vars:\n")
		for _, v := range g.vars {
			fmt.Fprintf(&b, "    %s: %q\n", v[0], v[1])
		}
		b.WriteString("  children:\n")
		for _, child := range g.children {
			fmt.Fprintf(&b, "    %s:%s\n", child, []string{"", " {}"}[i%2])
		}
	}
	return b.String()
}
