package compare

import "slices"

// Together is the kind of a workload of several whose samples do the work of all other kinds at once.
const Together = "together"

// Form is what a workload is like.
type Form struct {
	Name, About string
	Grain       Grain
	Kinds       []string // where it has several; the last is all others together
	Hosts       bool     // it is about a list of hosts, or items; else it is made up
}

var forms = []Form{
	{Name: "stats", About: "a host's load and memory, over SSH", Grain: Waiting, Hosts: true},
	{Name: "script", About: "a host, or line, of a script's input", Grain: Grouped, Hosts: true},
	{Name: "cpu", About: "a fixed computation", Grain: Computing},
	{Name: "disk", About: "reads at random places of files", Grain: Computing},
	{Name: "net", About: "a round trip to a server", Grain: Waiting},
	{Name: "mixed", About: "a computation, reads of files, or a round trip", Grain: Mixed, Kinds: []string{"cpu", "disk", "net", Together}},
	{Name: "shared", About: "look-ups in a table of 64 MiB that each process loads", Grain: Computing},
}

// Workloads lists the workloads there are, the default first.
func Workloads() []string {
	var names []string
	for _, f := range forms {
		names = append(names, f.Name)
	}
	return names
}

// FormOf is the form of a workload; of none of Workloads, the zero one.
func FormOf(name string) Form {
	if i := slices.IndexFunc(forms, func(f Form) bool { return f.Name == name }); i >= 0 {
		return forms[i]
	}
	return Form{}
}
