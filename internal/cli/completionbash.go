package cli

import (
	"fmt"
	"io"
	"strings"
)

// bashCompletion is for bash from 3.2 on, with bash-completion or without. Where there is nothing to say, and that has not
// been turned off, bash completes names of files. Nothing of the line is ever evaluated.
func bashCompletion(w io.Writer, commands []commandDoc) {
	names := commandNames(commands)
	fmt.Fprintf(w, `# muster completion bash
_muster() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= dashes=0 words= i
	COMPREPLY=()
	if [[ $prev == = ]]; then # bash takes --option=value for three words
		prev=${COMP_WORDS[COMP_CWORD-2]}
		[[ $prev == -* ]] || return # -o json=FILE
	elif [[ $cur == = ]]; then
		cur=
		[[ $prev == -* ]] || return
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		%s) [[ $command ]] || command=${COMP_WORDS[i]} ;;
		--) ((dashes)) || dashes=$i ;;
		esac
	done
	if ((dashes)); then
		case $command in
		run | exec | compare) ((COMP_CWORD > dashes + 1)) || _muster_reply -c ;;
		*) _muster_hosts ;;
		esac
		return
	fi
	case $command in
`, strings.Join(names, " | "))
	for _, c := range commands {
		bashCommand(w, c)
	}
	fmt.Fprintf(w, `	*)
		case $prev in
		--config) return ;;
		*) words='%s --config --help --version' ;;
		esac
		;;
	esac
	compopt +o default 2>/dev/null
	_muster_reply -W "$words"
}

_muster_reply() {
	local word
	while IFS= read -r word; do
		COMPREPLY+=("$word")
	done < <(compgen "$@" -- "$cur")
}

_muster_hosts() {
	compopt +o default 2>/dev/null
	if declare -F _known_hosts_real >/dev/null; then
		_known_hosts_real -- "$cur"
	else
		_muster_reply -A hostname
	fi
}

complete -o default -F _muster muster
`, strings.Join(names, " "))
}

// bashCommand writes what there is to complete of one command.
func bashCommand(w io.Writer, c commandDoc) {
	fmt.Fprintf(w, "\t%s)\n\t\tcase $prev in\n", c.name)
	var names, anything []string
	for _, o := range c.options {
		names = append(names, o.names...)
		var values string
		switch {
		case o.value == "":
			continue
		case o.file:
			values = "return"
		case o.host:
			values = "_muster_hosts; return"
		case len(o.words) > 0:
			values = "words='" + strings.Join(o.words, " ") + "'"
		default:
			anything = append(anything, o.names...)
			continue
		}
		fmt.Fprintf(w, "\t\t%s) %s ;;\n", strings.Join(o.names, " | "), values)
	}
	if len(anything) > 0 {
		fmt.Fprintf(w, "\t\t%s) ;;\n", strings.Join(anything, " | "))
	}
	fmt.Fprintf(w, "\t\t*)\n\t\t\tcase $cur in\n\t\t\t-*) words='%s' ;;\n", strings.Join(names, " "))
	switch c.arguments {
	case hostArgument, commandArgument:
		fmt.Fprint(w, "\t\t\t*) _muster_hosts; return ;;\n")
	case shellArgument:
		fmt.Fprintf(w, "\t\t\t*) words='%s' ;;\n", strings.Join(shellNames(), " "))
	}
	fmt.Fprint(w, "\t\t\tesac\n\t\t\t;;\n\t\tesac\n\t\t;;\n")
}
