package launch

import (
	"slices"
	"strings"
)

// WorkerEnv is what a worker inherits of environ: everything but secrets, and GOTRACEBACK=single, so that a crash says
// where it happened without the stacks of every goroutine. A secret is a variable whose name, in any case, contains
// PASSWORD, PASSWD, PASSPHRASE, SECRET, TOKEN, APIKEY or API_KEY, or ends in _PASS or _PWD, or is SSHPASS, or begins
// with MUSTER_ and contains PASS. Workers get secrets over their stdin: an environment can be read in /proc.
func WorkerEnv(environ []string) []string {
	env := make([]string, 0, len(environ)+1)
	for _, variable := range environ {
		if name, _, _ := strings.Cut(variable, "="); !secret(name) {
			env = append(env, variable)
		}
	}
	return append(env, "GOTRACEBACK=single")
}

func secret(name string) bool {
	name = strings.ToUpper(name)
	contains := func(word string) bool { return strings.Contains(name, word) }
	ends := func(word string) bool { return strings.HasSuffix(name, word) }
	return slices.ContainsFunc([]string{"PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "TOKEN", "APIKEY", "API_KEY"}, contains) ||
		slices.ContainsFunc([]string{"_PASS", "_PWD"}, ends) ||
		name == "SSHPASS" || strings.HasPrefix(name, "MUSTER_") && contains("PASS")
}
