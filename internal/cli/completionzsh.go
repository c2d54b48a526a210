package cli

import (
	"fmt"
	"io"
	"strings"
)

// zshCompletion is for a file in fpath, or one that is read after compinit.
func zshCompletion(w io.Writer, commands []commandDoc) {
	fmt.Fprint(w, `#compdef muster
_muster() {
	local context state state_descr line
	local -A opt_args
	local -a known
	known=(
`)
	for _, c := range commands {
		fmt.Fprintf(w, "\t\t%s\n", zshQuote(c.name+":"+strings.ReplaceAll(c.usage, ":", `\:`)))
	}
	fmt.Fprint(w, `	)
	_arguments -C \
		'--config=[defaults of options]:FILE:_files' \
		'(- *)'{-h,--help}'[show help]' \
		'(- *)'{-v,--version}'[print the version]' \
		'1: :->command' \
		'*:: :->rest' && return
	if [[ $state == command ]]; then
		_describe -t commands command known
		return
	fi
	if [[ $words[1] == (run|exec|compare) ]] && (( ${words[(i)--]} < CURRENT )); then
		local dashes=${words[(i)--]}
		shift $dashes words
		(( CURRENT -= dashes ))
		_normal
		return
	fi
	case $words[1] in
`)
	for _, c := range commands {
		fmt.Fprintf(w, "\t%s)\n\t\t_arguments \\\n", c.name)
		for _, o := range c.options {
			zshOption(w, o)
		}
		switch c.arguments {
		case hostArgument, commandArgument:
			fmt.Fprint(w, "\t\t\t'*:host:_hosts'\n")
		case shellArgument:
			fmt.Fprintf(w, "\t\t\t'1:shell:(%s)'\n", strings.Join(shellNames(), " "))
		default:
			fmt.Fprint(w, "\t\t\t'*: : '\n")
		}
		fmt.Fprint(w, "\t\t;;\n")
	}
	fmt.Fprint(w, `	esac
}
if [[ $funcstack[1] == _muster ]]; then
	_muster "$@"
else
	compdef _muster muster
fi
`)
}

// zshOption writes an option, under each of its names, as _arguments reads them.
func zshOption(w io.Writer, o optionDoc) {
	for _, name := range o.names {
		before := "(" + strings.Join(o.names, " ") + ")" // none of which comes again
		if o.repeat {
			before = "*"
		}
		var value string
		if o.value != "" {
			if strings.HasPrefix(name, "--") {
				name += "="
			}
			value = ":" + strings.ReplaceAll(o.value, ":", `\:`) + ":" + zshAction(o)
		}
		usage := strings.NewReplacer("[", `\[`, "]", `\]`).Replace(o.usage)
		fmt.Fprintf(w, "\t\t\t%s \\\n", zshQuote(before+name+"["+usage+"]"+value))
	}
}

// zshAction is how the values of an option are found.
func zshAction(o optionDoc) string {
	switch {
	case o.file:
		return "_files"
	case o.host:
		return "_hosts"
	case len(o.words) > 0:
		return "(" + strings.Join(o.words, " ") + ")"
	}
	return " "
}

func zshQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
