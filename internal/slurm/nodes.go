package slurm

import (
	"regexp"
	"slices"
	"strings"

	"muster/internal/child"
)

// nameCharacters are those of nodes' names. All others, in a list of them, mean something.
const nameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

// NodeFailed has later workers started on other nodes.
func (e *Engine) NodeFailed(node string) {
	if node == "" || strings.Trim(node, nameCharacters) != "" {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if !slices.Contains(e.failed, node) {
		e.failed = append(e.failed, node)
	}
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
	e.failed = nil
}
