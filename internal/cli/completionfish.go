package cli

import (
	"fmt"
	"io"
	"strings"
)

// fishCompletion is for fish from 3 on.
func fishCompletion(w io.Writer, commands []commandDoc) {
	names := strings.Join(commandNames(commands), " ")
	fmt.Fprintf(w, `# muster completion fish
function __muster_command
	for word in (commandline -opc)[2..-1]
		if contains -- $word %s
			echo $word
			return
		end
	end
end
function __muster_is
	contains -- (__muster_command) $argv; and not contains -- -- (commandline -opc)
end
function __muster_runs
	contains -- (__muster_command) run exec compare; and contains -- -- (commandline -opc)
end
complete -c muster -f
complete -c muster -n __muster_runs -F -a '(__fish_complete_command)'
complete -c muster -n 'test -z (__muster_command)' -l config -r -F -d 'defaults of options'
complete -c muster -n 'test -z (__muster_command)' -s h -l help -d 'show help'
complete -c muster -n 'test -z (__muster_command)' -s v -l version -d 'print the version'
`, names)
	for _, c := range commands {
		fmt.Fprintf(w, "complete -c muster -n 'test -z (__muster_command)' -a %s -d %s\n", c.name, fishQuote(c.usage))
		for _, o := range c.options {
			fishOption(w, c.name, o)
		}
		switch c.arguments {
		case hostArgument, commandArgument:
			fmt.Fprintf(w, "complete -c muster -n '__muster_is %s' -a '(__fish_print_hostnames)' -d host\n", c.name)
		case shellArgument:
			fmt.Fprintf(w, "complete -c muster -n '__muster_is %s' -a '%s'\n", c.name, strings.Join(shellNames(), " "))
		}
	}
}

// fishOption writes an option under all its names.
func fishOption(w io.Writer, command string, o optionDoc) {
	fmt.Fprintf(w, "complete -c muster -n '__muster_is %s'", command)
	for _, name := range o.names {
		kind := "-l"
		if len(name) == len("-x") {
			kind = "-s"
		}
		fmt.Fprintf(w, " %s %s", kind, strings.TrimLeft(name, "-"))
	}
	switch {
	case o.value == "":
	case o.file:
		fmt.Fprint(w, " -r -F")
	case o.host:
		fmt.Fprint(w, " -x -a '(__fish_print_hostnames)'")
	default:
		fmt.Fprintf(w, " -x -a '%s'", strings.Join(o.words, " "))
	}
	fmt.Fprintf(w, " -d %s\n", fishQuote(o.usage))
}

func fishQuote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}
