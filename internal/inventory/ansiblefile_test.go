package inventory

import "testing"

// The name of a file tells its format where its ending is one of those that do, else its first line that is no comment.
func TestInventoryFormat(t *testing.T) {
	const ini, yaml, json = "\n# all\n\nweb ansible_user=x\n", "# all\n\nw:\n  hosts:\n    web: {ansible_user: x}\n", "\n {\"w\": {\"hosts\": {\"web\": {\"ansible_user\": \"x\"}}}}"
	for _, tt := range []struct{ file, text string }{
		{"i", ini},
		{"i", "[w]" + ini},
		{"i.ini", ini},
		{"i.cfg", ini},
		{"i.txt", ini},
		{"i", "web:22 ansible_user=x"},
		{"hosts", "; ini\n[w:hosts]" + ini},
		{"i", yaml},
		{"i", "---\n" + yaml},
		{"i.yml", yaml},
		{"i.yaml", yaml},
		{"i", "\ufeff" + yaml},
		{"i.txt", "'w': {hosts: {web: {ansible_user: x}}}"},
		{"i", json},
		{"i.json", json},
		{"i.yaml", json},
		{"i", "{w: {hosts: {web: {ansible_user: x}}}}"},
		{"i.json", "{}"},
		{"i", ""},
		{"i.yml", "# none\n"},
		{"i.ini", ""},
	} {
		a := newAnsible(10)
		if err := a.read(tt.file, []byte(tt.text)); err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if len(tt.text) > 10 {
			if h := a.byName["web"]; len(a.hosts) != 1 || h == nil || h.vars["ansible_user"].text != "x" {
				t.Errorf("%s: %q gives %v", tt.file, tt.text, a.hosts)
			}
		}
	}
}

func TestAnsibleRanges(t *testing.T) {
	for _, tt := range []struct{ pattern, want string }{
		{"a[1:3]", "a1 a2 a3"},
		{"a[01:03:2].b", "a01.b a03.b"},
		{"a[:2]", "a0 a1 a2"},
		{"a[b:d]c", "abc acc adc"},
		{"a[b:f:2]", "ab ad af"},
		{"a[y:B]", "ay az aA aB"},
		{"a[1:2]-[a:b]", "a1-a a2-a a1-b a2-b"},
		{"[a:b][1:2]", "a1 a2 b1 b2"},
		{"[1:2].0.0.1", "1.0.0.1 2.0.0.1"},
		{"[2001:db8::1]", "[2001:db8::1]"},
		{"2001:db8::1", "2001:db8::1"},
		{"u@a", "u@a"},
		{"a[1-2]", "error"},
		{"a[1]", "error"},
		{"a[1:2:3:4]", "error"},
		{"a[1:2", "error"},
		{"a]", "error"},
		{"a[1:2:0]", "error"},
		{"a[a:b:0]", "error"},
		{"a[b:a]", "error"},
		{"a[1:x]", "error"},
		{"a,b", "error"},
		{"a[1:2],b", "error"},
		{"@g[1:2]", "error"},
		{"a[1:2]!a1", "error"},
		{"a{1,2}", "error"},
		{"a[1:02]", "error"},
	} {
		a := newAnsible(100)
		hosts, err := a.pattern(a.group("g", place{"f", 1, 1}), tt.pattern, place{"f", 1, 1})
		got := ""
		for _, h := range hosts {
			got += " " + h.name
		}
		if err != nil {
			got = " error"
		}
		if got != " "+tt.want {
			t.Errorf("%s: got%s, %v, want %s", tt.pattern, got, err, tt.want)
		}
	}
}

func TestSplitPort(t *testing.T) {
	for _, tt := range []struct{ pattern, name, port string }{
		{"a", "a", ""},
		{"a:22", "a", "22"},
		{"a[1:2]", "a[1:2]", ""},
		{"a[1:2]:22", "a[1:2]", "22"},
		{"a:", "a:", ""},
		{"a:ssh", "a:ssh", ""},
		{"[::1]:22", "::1", "22"},
		{"::1", "::1", ""},
		{"::1:22", "::1:22", ""},
		{"[a:b][1:2]:22", "[a:b][1:2]", "22"},
		{"a[1:2", "a[1:2", ""},
		{"[1:2]:22", "[1:2]", "22"},
		{"[1:9:2]:22", "[1:9:2]", "22"},
	} {
		if name, port := splitPort(tt.pattern); name != tt.name || port != tt.port {
			t.Errorf("%s: got %s, %s", tt.pattern, name, port)
		}
	}
}
