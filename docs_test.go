package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"muster/internal/tier"
)

// elsewhere are the commands of the docs that something else than TestDocs runs: scripts/check.
var elsewhere = []string{"go test ./...", "go build -tags urfave_cli_no_docs .", "scripts/smoke"}

// stand are the simulated hosts that stand for those of the docs, and what else makes a command there run here.
var stand = strings.NewReplacer(
	"go run . ", "muster ",
	"'echo $HOME | wc -c'", "'echo $HOME'", // hosts know no pipes
	"'web[1-20].example.com'", `"127.1.0.[1-20]:$PORT"`, // the shell fills in the port
	"'web[1-20]'", `"127.1.0.[1-20]:$PORT"`,
	"'n[1-500]'", `"127.1.0.[1-20]:$PORT"`,
	"db1", "127.1.0.21:$PORT",
	"| jq .summary", "| grep summary",
	"--every 30s", "--every 30ms",
	"muster simulate", "muster simulate --until-eof",
)

// failing are the commands of the docs that show a failure, and the exit code they end with.
var failing = map[string]int{
	"muster run 'web[1-4]' -n 2 --retries 1 -- sh -c 'grep -q web3 && { echo no disk >&2; exit 3; }; true'": 5,
	"muster run web1 -u 1s -- sleep 60": 3,
	`muster run --items a b c d -n 4 -- sh -c '[ "$(cat)" = c ] && kill -9 $PPID; echo done'`:                    3,
	`muster run --items a b c d -n 4 --strategy threads -- sh -c '[ "$(cat)" = c ] && kill -9 $PPID; echo done'`: 137,
}

// needs are the programs without which a command of the docs does not run.
var needs = map[string][]string{"probe.sh": {"ssh", "awk"}, "probe.py": {"ssh", "python3"}}

// Every command that the docs and --help show runs, and ends as one hopes.
func TestDocs(t *testing.T) {
	if tier.Race { // most of what it runs is also run elsewhere, and all of it takes minutes
		return
	}
	t.Parallel()
	dir := t.TempDir()
	commands := slices.Concat(shownInDocs(t), shownInHelp(t), shownInCI(t))
	if len(commands) < 20 {
		t.Fatalf("only %d commands found", len(commands))
	}
	var story strings.Builder
	story.WriteString(`# Every command that the docs and --help show runs.
fleet 21
env HOME=$WORK/home
mkdir home/.ssh
cp fleet/id home/.ssh/id_ed25519
cp fleet/id deploy_key
exec chmod 600 home/.ssh/id_ed25519 deploy_key
cp fleet/known_hosts home/.ssh/known_hosts
cp fleet/known_hosts known_hosts
cp fleet/hosts hosts.txt
cp fleet/hosts again.txt
env SLURM_JOB_NODELIST=n[01-03,7],gpu-[1-2]n[0-3]
env DEPLOY_KEY=$WORK/deploy_key
env GITHUB_STEP_SUMMARY=$WORK/summary
env PROBE_SSH_OPTS='-F none -i '$WORK/deploy_key' -o UserKnownHostsFile='$WORK/known_hosts
`)
	for i, command := range commands {
		if !runnable(t, command) {
			continue
		}
		name := fmt.Sprintf("%d.sh", i)
		code := failing[command]
		if strings.Contains(command, "demo") && strings.Contains(command, "--faults") {
			code = 4 // which is what it is to show
		}
		fmt.Fprintf(&story, "exits %d sh $DOCS/%s\n", code, name)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(stand.Replace(quick(command))+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, kind := range map[string]string{"groups.yaml": "yaml", "inventory.ini": "ini"} {
		fmt.Fprintf(&story, "-- %s --\n%s", name, blockOf(t, "docs/hosts.md", kind))
	}
	file := filepath.Join(dir, "docs.txtar")
	if err := os.WriteFile(file, []byte(story.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Files: []string{file},
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			env.Setenv("SSH_AUTH_SOCK", "")
			env.Setenv("DOCS", dir)
			return errors.Join(
				os.CopyFS(filepath.Join(env.WorkDir, "examples"), os.DirFS("examples")),
				os.CopyFS(filepath.Join(env.WorkDir, "docs", "man"), os.DirFS("docs/man")),
			)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"fleet": scriptFleet, "exits": scriptExits},
	})
}

// quick makes a comparison short: that it runs is shown by few samples of few ways.
func quick(command string) string {
	if !strings.Contains(command, "muster compare") || strings.Contains(command, "--from") {
		return command
	}
	rounds, ways := 1, "async,threads --fanouts 16"
	if strings.Contains(command, "--raw") {
		rounds = 4 // or there is nothing to recommend
	}
	command = strings.Replace(command, "--latency 20ms", "--latency 1ms", 1)
	command, script, isScript := strings.Cut(command, " -- ")
	if isScript {
		ways, script = "serial,threads", " -- "+script
	}
	return fmt.Sprintf("%s --rounds %d --chunks 2 --strategies %s%s", command, rounds, ways, script)
}

// runnable reports whether all that a command needs is installed.
func runnable(t *testing.T, command string) bool {
	for part, programs := range needs {
		if strings.Contains(command, part) {
			if program := missing(t, programs...); program != "" {
				t.Logf("%s is not installed: %s", program, command)
				return false
			}
		}
	}
	return true
}

// shownInDocs lists what follows "$ " in the console blocks of README and docs.
func shownInDocs(t *testing.T) []string {
	files, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	var commands []string
	for _, file := range append(files, "README.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			command, shown := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "$ ")
			if shown && !slices.Contains(elsewhere, command) {
				commands = append(commands, command)
			}
		}
	}
	return commands
}

// blockOf is the first block of a kind in a file of the docs.
func blockOf(t *testing.T, file, kind string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "\n```"+kind+"\n")
	block, _, _ := strings.Cut(after, "```\n")
	return block
}

// shownInHelp lists the examples of every command's --help; what stands two blanks after an example explains it.
func shownInHelp(t *testing.T) []string {
	var commands []string
	for _, name := range []string{"collect", "run", "exec", "compare", "hosts", "demo", "simulate", "completion"} {
		_, examples, _ := strings.Cut(run(t, musterCmd(t, name, "--help")).stdout, "Examples:")
		for line := range strings.Lines(examples) {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "muster ") || strings.Contains(line, "| muster ") {
				command, _, _ := strings.Cut(line, "  ")
				commands = append(commands, command)
			}
		}
	}
	return commands
}
