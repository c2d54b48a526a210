package slurm

import (
	"regexp"
	"slices"

	"muster/internal/child"
)

var (
	nodeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	notThere = regexp.MustCompile(`Task launch for \S+ failed on node ([A-Za-z0-9._-]+):`)
)

// NodeFailed has later workers started on other nodes.
func (e *Engine) NodeFailed(node string) {
	if !nodeName.MatchString(node) {
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
	if found := notThere.FindStringSubmatch(how.StderrHead + how.StderrTail); found != nil {
		e.NodeFailed(found[1])
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.failed = nil
}
