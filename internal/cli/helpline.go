package cli

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

func init() { cli.FlagStringer = helpLine }

// helpLine is an option's line of --help, the tab between its names and what it does.
func helpLine(flag cli.Flag) string {
	o := optionDocOf(flag)
	return o.spelling() + "\t" + o.explanation()
}

// spelling is -n, --chunks N.
func (o optionDoc) spelling() string {
	names := slices.Clone(o.names)
	slices.Reverse(names)
	return strings.TrimSpace(strings.Join(names, ", ") + " " + o.value)
}

// explanation is what an option does, with what it is where it is not given.
func (o optionDoc) explanation() string {
	if o.preset == "" {
		return o.usage
	}
	return o.usage + " (default: " + o.preset + ")"
}
