package slurm

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"muster/internal/child"
)

// nameCharacters are those of nodes' names. All others, in a list of them, mean something.
const nameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

// remembered is how long a node that failed is left out. Where it is still down then, Slurm knows.
const remembered = 10 * time.Minute

// NodeFailed has later workers started on other nodes, for a while.
func (e *Engine) NodeFailed(node string) {
	if node == "" || strings.Trim(node, nameCharacters) != "" {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.failed[node] = time.Now()
}

// leftOut are the nodes on which nothing is to be started.
func (e *Engine) leftOut() (nodes []string) {
	for node, failed := range e.failed {
		if time.Since(failed) < remembered {
			nodes = append(nodes, node)
		}
	}
	slices.Sort(nodes)
	return nodes
}

// without has arguments for srun leave out these nodes, beside those that they do: of two lists srun takes the last.
func without(args, nodes []string) []string {
	if len(nodes) == 0 {
		return args
	}
	list := strings.Join(nodes, ",")
	args = slices.Clone(args)
	for i, arg := range args {
		if strings.HasPrefix(arg, "-x") || strings.HasPrefix(arg, "--exclude") {
			if arg == "-x" || arg == "--exclude" { // then the next is the list
				i = min(i+1, len(args)-1)
			}
			args[i] += "," + list
			return args
		}
	}
	return append(args, "--exclude="+list)
}

// LaunchFailed takes what srun says of a node as NodeFailed does. Where it says something else, nodes that were left out may
// be all there are: none is, from then on.
func (e *Engine) LaunchFailed(how child.Exit) {
	notThere := regexp.MustCompile(`Task launch for \S+ failed on node (\S+):`)
	if found := notThere.FindStringSubmatch(how.StderrHead + how.StderrTail); found != nil {
		e.NodeFailed(found[1])
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(e.failed)
}
