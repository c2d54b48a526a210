package inventory

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/internal/fleet"
)

// writeIn writes a file of a given name, and returns its path.
func writeIn(t *testing.T, dir, name, text string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	writeFile(t, file, text)
	return file
}

const iniFleet = `mail.example.com

[web]
web[01:03].example.com ansible_user=deploy   # three of them
"web04.example.com" ansible_host='10.0.0.4' ansible_port=2222

[db]
db-[a:c]:2022
db-a ansible_ssh_host=10.0.1.1 comment="a # b"

[dc:children]
web
db

[dc:vars]
ansible_user = root
ansible_port = 2200 # all of them
`

const yamlFleet = `---
all:
  hosts:
    mail.example.com:
  children:
    dc:
      vars: &login {ansible_user: root, ansible_port: 2200}
      children:
        web:
          hosts:
            web[01:03].example.com: {ansible_user: deploy}
            web04.example.com: {ansible_host: 10.0.0.4, ansible_port: "2222"}
        db:
          vars:
            <<: *login
          hosts:
            db-[a:c]:2022:
            db-a: {ansible_ssh_host: 10.0.1.1, disks: [a, {b: c}]}
`

const jsonFleet = `{
	"_meta": {"hostvars": {
		"web01.example.com": {"ansible_user": "deploy", "ansible_port": 2200, "emoji": "\ud83d\ude00\/", "facts": {"deep": [1, {"x": null}]}},
		"web02.example.com": {"ansible_user": "deploy", "ansible_port": 2200},
		"web03.example.com": {"ansible_user": "deploy", "ansible_port": 2200},
		"web04.example.com": {"ansible_user": "root", "ansible_port": "2222", "ansible_host": "10.0.0.4"},
		"db-a": {"ansible_user": "root", "ansible_port": 2022, "ansible_ssh_host": "10.0.1.1"},
		"db-b": {"ansible_user": "root", "ansible_port": 2022},
		"db-c": {"ansible_user": "root", "ansible_port": 2022},
		"gone": {"ansible_user": "nobody"}
	}},
	"all": {"children": ["ungrouped", "dc"]},
	"ungrouped": {"hosts": ["mail.example.com"]},
	"dc": {"children": ["web", "db"]},
	"web": ["web01.example.com", "web02.example.com", "web03.example.com", "web04.example.com"],
	"db": {"hosts": ["db-a", "db-b", "db-c"]}
}`

// One fleet in all formats is one fleet, and its groups are those of -g and @.
func TestInventories(t *testing.T) {
	const (
		mail = "mail.example.com=mail.example.com:22"
		web  = "web01.example.com=deploy@web01.example.com:2200 web02.example.com=deploy@web02.example.com:2200 web03.example.com=deploy@web03.example.com:2200 web04.example.com=root@web04.example.com:2222>10.0.0.4"
		db   = "db-a=root@db-a:2022>10.0.1.1 db-b=root@db-b:2022 db-c=root@db-c:2022"
	)
	tests := []struct {
		why  string
		src  Source
		want string
	}{
		{"all", Source{}, mail + " " + web + " " + db},
		{"a group", Source{Groups: []string{"web"}}, web},
		{"a group of groups", Source{Groups: []string{"dc"}}, web + " " + db},
		{"several", Source{Groups: []string{"db,ungrouped"}}, db + " " + mail},
		{"again", Source{Groups: []string{"db", "ungrouped"}}, db + " " + mail},
		{"the rest", Source{Groups: []string{"ungrouped"}}, mail},
		{"every one", Source{Groups: []string{"all"}}, mail + " " + web + " " + db},
		{"less some", Source{Exclude: []string{"@web,mail.example.com"}}, db},
		{"an expression", Source{Args: []string{"@*!@web!db-[a,b]"}}, "error"},
		{"operations", Source{Args: []string{"@dc&@db"}}, db},
		{"everything by an expression", Source{Args: []string{"@*!@web"}}, mail + " " + db},
		{"hosts by name, in the way of the inventory", Source{Args: []string{"db-a", "web04.example.com", "other"}}, "db-a=root@db-a:2022>10.0.1.1 web04.example.com=root@web04.example.com:2222>10.0.0.4 other=other:22"},
		{"what is spelt out wins", Source{Args: []string{"me@db-a"}}, "me@db-a=me@db-a:2022>10.0.1.1"},
		{"and is the same host", Source{Args: []string{"db-a", "root@db-a", "db-a:2022"}}, "db-a=root@db-a:2022>10.0.1.1"},
		{"capitals", Source{Args: []string{"DB-A"}}, "DB-A=root@db-a:2022>10.0.1.1"},
	}
	for name, text := range map[string]string{
		"hosts.ini": iniFleet, "hosts.yaml": yamlFleet, "hosts.json": jsonFleet, "ini": iniFleet, "yaml": yamlFleet, "json": jsonFleet,
	} {
		for _, test := range tests {
			t.Run(name+"/"+test.why, func(t *testing.T) {
				test.src.Inventories = []string{writeIn(t, t.TempDir(), name, text)}
				if test.want == "error" {
					if _, err := Load(test.src); err == nil {
						t.Error("no error")
					}
					return
				}
				if got := reached(t, test.src); !sameWords(got, test.want) {
					t.Errorf("\n got %s\nwant %s", got, test.want)
				}
			})
		}
	}
}

// reached is what labels shows of each host, and where ssh is to go where that is elsewhere: label=ID>target.
func reached(t *testing.T, src Source) string {
	t.Helper()
	list, err := Load(src)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, h := range list.Hosts {
		text := h.Label + "=" + h.ID()
		if h.Target != "" {
			text += ">" + h.Target
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}

// Values that say how a host is reached are used or refused, with their place, for that host alone.
func TestInventoryErrors(t *testing.T) {
	tests := []struct{ why, name, text, want string }{
		{"a template", "i", "a\nb ansible_host={{ip}}\n", "i:2:3: b: ansible_host is a template ({{ }}), which only Ansible works out: write what it comes to"},
		{"a template of a group", "i", "[w]\na\n[w:vars]\nansible_user={{ u }}\n", "i:4:1: a: ansible_user is a template ({{ }}), which only Ansible works out: write what it comes to"},
		{"a template in YAML", "i.yml", "w:\n  hosts:\n    a: {ansible_port: '{{ p }}'}\n", "i.yml:3:24: a: ansible_port is a template ({{ }}), which only Ansible works out: write what it comes to"},
		{"a secret", "i.yml", "w:\n  hosts:\n    a:\n      ansible_user: !vault |\n        $ANSIBLE_VAULT\n", "i.yml:4:21: a: ansible_user is encrypted"},
		{"a list", "i.yml", "w: {hosts: {a: {ansible_host: [b]}}}\n", "i.yml:1:31: a: ansible_host is not a text"},
		{"a port", "i", "a ansible_port=ssh\n", "i:1:3: a: ansible_port is a number from 1 to 65535, not ssh"},
		{"port 0", "i", "a ansible_port=0\n", "i:1:3: a: ansible_port is a number from 1 to 65535, not 0"},
		{"a user", "i", "a ansible_user=-oProxyCommand=x\n", "i:1:3: a: ansible_user -oProxyCommand=x is no user"},
		{"a user with a host", "i", "a ansible_user=u@v\n", "i:1:3: a: ansible_user u@v is no user"},
		{"an address", "i", "a ansible_host='$(id)'\n", "i:1:3: a: ansible_host: $(id): column 1: '$' is not allowed in a host name"},
		{"an address with a port", "i", "a ansible_host=b:22\n", "i:1:3: a: ansible_host is a name or an address, not b:22"},

		{"F85 a name", "i", "a\n$(id)\n", "i:2:1: $(id): '$' is not allowed in a host name"},
		{"F85 an option", "i", "  -oProxyCommand\n", "i:1:3: -oProxyCommand: a host name does not begin with '-'"},
		{"F85 ESC", "i", "a\x1b[2J\n", `i:1:2: "a\x1b[2J": control character U+001B is not allowed in a host name`},
		{"F85 a quoted blank", "i", "'a b'\n", `i:1:2: "a b": ' ' is not allowed in a host name`},
		{"F85 a name in YAML", "i.yml", "w:\n  hosts:\n    \"a\\e[2J\":\n", "i.yml:3:7: \"a\\x1b[2J\": control character U+001B is not allowed in a host name"},
		{"F85 a name in JSON", "i.json", "{\"w\": {\"hosts\": [\"a;b\"]}}", "i.json:1:20: a;b: ';' is not allowed in a host name"},
		{"F85 a range over the limit", "i", "n[0:999999999]\n", "i:1:1: n[0-999999999]: 1000000000 hosts are more than the limit of 1000; --max-hosts sets the limit"},
		{"F85 letters over the limit", "i", "x[a:z][a:z][a:z][a:z]\n", "i:1:1: more hosts than the limit of 1000; --max-hosts sets the limit"},
		{"F85 hosts over the limit", "i", "n[1:600]\nm[1:600]\n", "i:2:1: more hosts than the limit of 1000; --max-hosts sets the limit"},
		{"a reversed range", "i", "n[3:1]\n", "i:1:3: n[3-1]: range is reversed; did you mean n[1-3]?"},
		{"no range", "i", "n[a:]\n", "i:1:3: n[a-]: a- is not a range of numbers"},
		{"our range", "i", "n[1-3]\n", "i:1:2: n[1-3]: '[' is not allowed in a host name"},

		{"a program", "i", "#!/bin/sh\necho {}\n", "i: a program that prints an inventory is not run: ansible-inventory -i FILE --list > inventory.json makes one that is read"},
		{"a plugin", "i.yml", "plugin: aws_ec2\n", "i.yml:1:1: it names a plugin that makes an inventory: ansible-inventory -i FILE --list > inventory.json makes one that is read"},
		{"a vault", "i.yml", "$ANSIBLE_VAULT;1.1;AES256\n3234\n", "i.yml: it is encrypted: ansible-inventory -i FILE --list > inventory.json makes one that is read"},
		{"a word", "i", "a b\n", "i:1:3: b is not NAME=VALUE"},
		{"a quote", "i", "a b='c\n", "i:1:1: a b='c: a quote is not closed"},
		{"a backslash", "i", "a\\\n", "i:1:1: a\\: nothing behind the backslash"},
		{"a section", "i", "[a b]\n", "i:1:1: [a b] is no section: [GROUP], [GROUP:children] or [GROUP:vars], without blanks"},
		{"a kind of section", "i", "[w:host]\n", "i:1:1: a section is of hosts, children or vars, not host"},
		{"a variable", "i", "[w:vars]\nansible_user\n", "i:2:1: ansible_user is not NAME=VALUE"},
		{"a child", "i", "[w:children]\na b\n", "i:2:1: a b is not the name of a group"},
		{"a child that is nowhere", "i", "[w:children]\na\n", "i:2:1: no section defines the group a"},
		{"variables of a group that is nowhere", "i", "[w:vars]\na=b\n", "i:1:1: variables of the group w, which no section defines"},
		{"a circle", "i", "[a:children]\nb\n[b:children]\na\n", "i:1:1: group a is among its own children"},
		{"a circle through all", "i", "[a:children]\nall\n", "i:2:1: group all is among its own children"},
		{"a priority", "i", "[w]\n[w:vars]\nansible_group_priority=high\n", "i:3:1: ansible_group_priority is a number, not high"},
		{"a priority in YAML", "i.yml", "w: {vars: {ansible_group_priority: x}}\n", "i.yml:1:36: ansible_group_priority is a number, not x"},

		{"YAML that is none", "i.yml", "a: [1\nb", "i.yml:2: did not find expected ',' or ']'"},
		{"a text", "i.yml", "a b c\n", "i.yml:1:1: an inventory is not a mapping"},
		{"a sequence", "i.yml", "- a\n", "i.yml:1:1: an inventory is not a mapping"},
		{"two documents", "i.yml", "a: {}\n---\nb: {}\n", "i.yml:2:1: a second document"},
		{"a group that is none", "i.yml", "w: 3\n", "i.yml:1:4: group w is not a mapping"},
		{"a group twice", "i.yml", "w: {}\nw: {}\n", "i.yml:2:1: w stands in line 1 already"},
		{"hosts that are none", "i.yml", "w: {hosts: [[a]]}\n", "i.yml:1:13: a name in the hosts of w is not a text"},
		{"a key that is none", "i.yml", "w: {hosts: {[a]: }}\n", "i.yml:1:13: a name in the hosts of w is not a text"},
		{"a group without a name", "i.yml", "'': {}\n", "i.yml:1:1: a group without a name"},
		{"JSON that is none", "i.json", "{\"w\": [1,\n  oops]}", "i.json:2:3: invalid character 'o' at start of value"},
		{"JSON and more", "i.json", "{} {}", "i.json:1:4: something stands behind the end"},
		{"JSON with a name twice", "i.json", "{\"w\": {},\n\"w\": {}}", "i.json:2:1: w stands in line 1 already"},
		{"JSON in the form of YAML, with a mistake far in", "i.json", `{"a": {"children": {"b": {"children": {"c": {"hosts": {"x$": {}}}}}}}}`, "i.json:1:58: x$: '$' is not allowed in a host name"},
		{"F84 much YAML", "i.yml", strings.Repeat("# nothing\n", 1700000), "i.yml: more than 16 MiB of YAML"},
		{"F84 an endless inventory", "/dev/zero", "", "/dev/zero: more than 64 MiB: is this a list of hosts?"},
		{"F84 a directory", ".", "", "read .: is a directory"},
		{"F84 a file that is not there", "none", "-", "open none: no such file or directory"},
		{"a bomb", "i.yml", bomb(), "i.yml:1:18: its aliases make it too large: is this a list of hosts?"},
		{"a chain without an end", "i.yml", "w: &w {children: {v: *w}}\n", "i.yml:1:19: more than 100 groups within each other"},
		{"a merge without an end", "i.yml", "w: &w {<<: *w}\n", "i.yml:1:8: its aliases make it too large: is this a list of hosts?"},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if _, err := os.Stat(test.name); err != nil && test.text != "-" {
				writeFile(t, test.name, test.text)
			}
			list, err := Load(Source{Inventories: []string{test.name}, Max: 1000})
			if err == nil {
				t.Fatalf("no error, but %d hosts", len(list.Hosts))
			}
			if got, _, _ := strings.Cut(err.Error(), "\n"); got != test.want {
				t.Errorf("\n got %s\nwant %s", err, test.want)
			}
		})
	}
}

// bomb is YAML each of whose mappings has the one before nine times.
func bomb() string {
	text := "a0: &a0 {hosts: {h: }}\n"
	for i := range 8 {
		text += strings.ReplaceAll("aN: &aN {children: {x1: *aP, x2: *aP, x3: *aP, x4: *aP, x5: *aP, x6: *aP, x7: *aP, x8: *aP, x9: *aP}}\n", "P", string(rune('0'+i)))
		text = strings.ReplaceAll(text, "aN", "a"+string(rune('1'+i)))
	}
	return text
}

// A host whose values are of no use hinders nobody who does not name it.
func TestInventoryRefusesHostsAlone(t *testing.T) {
	file := writeIn(t, t.TempDir(), "i", "[good]\na\n[bad]\nb ansible_host={{x}}\n")
	if got := reached(t, Source{Inventories: []string{file}, Groups: []string{"good"}}); got != "a=a:22" {
		t.Error(got)
	}
	if _, err := Load(Source{Inventories: []string{file}}); err == nil {
		t.Error("no error")
	}
}

// Where Ansible would find more than an inventory has, that is said.
func TestInventoryDoubts(t *testing.T) {
	dir := t.TempDir()
	file := writeIn(t, dir, "i", "a\n")
	if err := os.Mkdir(filepath.Join(dir, "group_vars"), 0o700); err != nil {
		t.Fatal(err)
	}
	yaml := writeIn(t, dir, "y", "w: {hosts: {b: }, host: {c: }}\n")
	src := Source{Inventories: []string{file, yaml}}
	got, list := labels(t, src)
	notRead := filepath.Join(dir, "group_vars") + " is not read: " + listInstead
	want := []string{notRead, notRead, yaml + ":1:19: host in group w is left alone: it is neither hosts, children nor vars"}
	if diff := cmp.Diff(want, list.Notes); got != "a=a:22 b=b:22" || diff != "" {
		t.Error(got, diff)
	}
}

// Several inventories are one, as to Ansible: the last value counts. One may be standard input.
func TestSeveralInventories(t *testing.T) {
	dir := t.TempDir()
	first := writeIn(t, dir, "one", "[w]\na ansible_user=u ansible_port=23\n")
	src := Source{Inventories: []string{first, "-"}, Stdin: strings.NewReader(`{"w": {"hosts": ["b"]}, "_meta": {"hostvars": {"a": {"ansible_user": "v"}}}}`)}
	if got, want := reached(t, src), "a=v@a:23 b=b:22"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// What the user asks for fills in what the inventory leaves open, and the way that Route finds begins where it leads.
func TestInventoryBeforeRoute(t *testing.T) {
	file := writeIn(t, t.TempDir(), "i", "a ansible_host=10.0.0.1 ansible_user=u\nb\n")
	var asked []fleet.Host
	_, err := Load(Source{Inventories: []string{file}, User: "me", Port: 2222, Route: func(h fleet.Host) (fleet.Host, error) {
		asked = append(asked, h)
		return h, nil
	}})
	want := []fleet.Host{{Label: "a", User: "u", Name: "a", Target: "10.0.0.1"}, {Label: "b", Name: "b"}}
	if diff := cmp.Diff(want, asked); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

// sameWords compares lists in which the order of groups in a file decides.
func sameWords(a, b string) bool { return cmp.Equal(sorted(a), sorted(b)) }

func sorted(text string) []string { return slices.Sorted(slices.Values(strings.Fields(text))) }
