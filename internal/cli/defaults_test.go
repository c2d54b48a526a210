package cli

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// configured is how a command line reads with a config file of this text.
func configured(t *testing.T, text, args string) (arranged []string, inv *invocation, err error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", "/home/me")
	t.Setenv(configVariable, file)
	inv = &invocation{}
	l, err := arrange(inv.app(), strings.Fields("muster "+args))
	if err == nil {
		err = inv.configure(&l)
	}
	return l.arranged(), inv, err
}

// Defaults come before what is given and give way to it, to what it contradicts, and to a command's own.
func TestDefaults(t *testing.T) {
	for _, tt := range []struct{ name, text, args, want string }{
		{"none", "", "collect n1", "collect -- n1"},
		{"for all that have it", "fanout: 8\nhosts: 5", "collect n1", "collect --fanout=8 -- n1"},
		{"a command's own", "fanout: 8\ncollect:\n  fanout: 9", "collect", "collect --fanout=9 --"},
		{"another's own", "collect: {fanout: 9}", "exec -- ls", "exec --"},
		{"an empty section", "fanout: 8\ncollect:\n", "collect", "collect --fanout=8 --"},
		{"the line wins", "fanout: 8", "collect -f 9", "collect -f 9 --"},
		{"lists", "output: [json, csv=x]\nidentity: ~/id", "collect", "collect --identity=/home/me/id --output=json --output=csv=x --"},
		{"the line's list wins", "output: [json, csv=x]", "collect -o table", "collect -o table --"},
		{"an empty list", "output: [json]\ncollect: {output: []}", "collect", "collect --"},
		{"types", "rate: 2\nretries: 1\nquiet: yes\ntimeout: 90s\nuser: 1000\nexec: {max-output: 1k}", "exec", "exec --max-output=1k --quiet=true --rate=2 --retries=1 --timeout=1m30s --user=1000 --"},
		{"the other of two", "chunks: 8", "collect --chunk-size 9", "collect --chunk-size 9 --"},
		{"the other of two, in a section", "chunks: 8\nexec: {chunk-size: 9}", "exec", "exec --chunk-size=9 --"},
		{"no room for many", "chunks: 8\nchunk-size: 2\nfanout: 9", "collect --strategy serial", "collect --strategy serial --"},
		{"room for fan-out", "chunks: 8\nfanout: 9", "collect --strategy async", "collect --fanout=9 --strategy async --"},
		{"room for no launcher", "launcher: slurm\nworker-path: m", "collect --strategy threads", "collect --worker-path=m --strategy threads --"},
		{"this machine is here", "launcher: slurm", "collect --local", "collect --local --"},
		{"another launcher", "launcher: slurm\nslurm-args: --exclusive", "collect --launcher local n1", "collect --slurm-args=--exclusive --launcher local -- n1"},
		{"hosts on the line", "hostfile: f\nlocal: true", "collect n1", "collect -- n1"},
		{"hosts behind --", "hostfile: f", "collect -- n1", "collect --"},
		{"words are no hosts", "hostfile: f", "exec -- ls", "exec --hostfile=f --"},
		{"a script is no host", "hostfile: f", "compare --workload script -- ls", "compare --hostfile=f --workload script --"},
		{"a hostfile on the line", "local: true", "collect -H f", "collect -H f --"},
		{"a list is no number", "chunks: 8\ncompare: {rounds: 3}", "compare", "compare --rounds=3 --"},
		{"a script's time is its own", "timeout: 8s\nrun: {retries: 1}", "run", "run --retries=1 --"},
		{"none, by name", "fanout: 8", "--config none collect", "collect --config none --"},
		{"help", "fanuot: 8", "collect --help", "collect --help --"},
		{"hidden commands", "fanout: 8", "synthetic", "synthetic --"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, _, err := configured(t, tt.text, tt.args)
			if want := strings.Fields("muster " + tt.want); err != nil || !slices.Equal(got, want) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

// A mistake in the file is said with its line, whatever command is started.
func TestDefaultsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"\nfanuot: 8":                     `:2: "fanuot" is no option that has a default here: did you mean fanout?`,
		"colect: {fanout: 8}":             `:1: no command "colect": did you mean collect?`,
		"worker: {fanout: 8}":             `:1: no command "worker": did you mean `,
		"<<: {fanout: 8}":                 `:1: no command "<<"` + "\n",
		"hosts: {strategy: serial}":       `:1: "strategy" is no option that has a default here`,
		"collect: {output: {a: b}}":       ":1: output: one value is wanted",
		"collect: {chunks: {a: b}}":       ":1: chunks: one value is wanted",
		"plan: true":                      `:1: "plan" is no option that has a default here` + "\n",
		"config: x":                       `:1: "config" is no option`,
		"help: true":                      `:1: "help" is no option`,
		"net: true":                       `:1: "net" is no option`,
		"H: hosts":                        `:1: "H" is no option`,
		"fanout: many":                    `:1: fanout: "many": want a whole number`,
		"fanout: 1.5":                     `:1: fanout: "1.5": want a whole number`,
		"fanout: '8'":                     `:1: fanout: "8": want a whole number`,
		"fanout: [8]":                     ":1: fanout: one value is wanted",
		"fanout:":                         ":1: fanout: one value is wanted",
		"rate: x":                         `:1: rate: "x": want a number`,
		"compare: {seed: -1}":             `:1: seed: "-1": want a whole number, not negative`,
		"timeout: 30":                     `:1: timeout: "30": want a duration, such as 10s`,
		"quiet: 1":                        `:1: quiet: "1": want true or false`,
		"user: true":                      `:1: user: "true": want`,
		"exec: {max-output: x}":           `:1: max-output: "x": a number of bytes`,
		"hostfile:\n- a\n- [b]":           ":3: hostfile: one value is wanted",
		"fanout: 8\nfanout: 9":            ":2: fanout stands here twice",
		"exec: {}\nexec: {}":              ":2: exec stands here twice",
		"- fanout":                        ":1: want OPTION: VALUE",
		"fanout: [":                       ":1: did not find expected node content",
		"a: 1\n---\nb: 1":                 ": more than one document",
		"# " + strings.Repeat("x", 1<<20): ": more than 1024 KiB",
		"fanout: &a 1\nretries: *a":       ":2: retries: one value is wanted",
	} {
		_, _, err := configured(t, text, "hosts n1")
		if err == nil || codeOf(err) != codeUsage || !strings.Contains(err.Error()+"\n", "c.yaml"+want) {
			t.Errorf("%.99q: %v", text, err)
		}
	}
}

// Each option is the same kind of thing to all commands that take its default from what is said for all.
func TestDefaultsMeanTheSame(t *testing.T) {
	types := map[string]cli.Flag{}
	for _, command := range visible((&invocation{}).app()) {
		for _, flag := range command.Flags {
			name := flag.Names()[0]
			if !means(command, name) {
				continue
			}
			if first, known := types[name]; known && reflect.TypeOf(first) != reflect.TypeOf(flag) {
				t.Errorf("%s --%s", command.Name, name)
			}
			types[name] = flag
		}
	}
}
