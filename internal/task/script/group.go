package script

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"muster/internal/wire"
	"muster/worker"
)

// placeholder stands among the arguments for all hosts of the group.
const placeholder = "{}"

// group is the hosts of one chunk and the file that names them.
type group struct {
	job   wire.Job
	hosts worker.Labels
	file  string
}

// write writes the hosts file, which only its owner may read. A worker that is killed leaves it to its parent to remove.
func (g *group) write() error {
	path := filepath.Join(os.TempDir(), strings.Replace(g.job.HostsFile, "*", strconv.Itoa(g.job.Worker), 1))
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("hosts file: %w", err)
	}
	g.file = path
	_, err = f.Write(g.hosts.Lines)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("hosts file: %w", err)
	}
	return nil
}

func (g *group) remove() {
	if g.file != "" {
		os.Remove(g.file)
	}
}

// args are the script's arguments, with the hosts in place of each {}.
func (g *group) args() []string {
	var args []string
	for _, arg := range g.job.Args[1:] {
		if arg != placeholder {
			args = append(args, arg)
			continue
		}
		for _, label := range g.hosts.All() {
			args = append(args, label)
		}
	}
	return args
}

// env is the script's environment.
func (g *group) env(attempt int) []string {
	return append(environ(),
		"MUSTER_HOSTS_FILE="+g.file,
		"MUSTER_CHUNK="+strconv.Itoa(g.job.Chunk),
		"MUSTER_CHUNK_COUNT="+strconv.Itoa(g.job.Chunks),
		"MUSTER_CHUNK_SIZE="+strconv.Itoa(g.hosts.Count),
		"MUSTER_RUN_ID="+g.job.Run,
		"MUSTER_ATTEMPT="+strconv.Itoa(attempt),
	)
}

// ours reports whether a variable was set for the worker alone: see package launch.
func ours(variable string) bool {
	name, _, _ := strings.Cut(variable, "=")
	return name == "GOMAXPROCS" || name == "GOTRACEBACK"
}
