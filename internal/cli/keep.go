package cli

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"muster/internal/report"
)

// keepOptions say what becomes of what commands and scripts write.
type keepOptions struct {
	most   size
	stream bool
	dir    string
}

func (o *keepOptions) flags(who string) []cli.Flag {
	o.most = 1 << 20
	return category("What is written",
		&cli.GenericFlag{Name: "max-output", Usage: "keep the first `BYTES` of each stream of a " + who + ", count the rest", Value: &o.most},
		&cli.BoolFlag{Name: "stream", Usage: "show each line as it comes, with the " + who + " in front of it", Destination: &o.stream},
		&cli.StringFlag{Name: "output-dir", Usage: "write a file for each " + who + " into `DIR`, and one for what it wrote on stderr", Destination: &o.dir},
	)
}

// check refuses a directory without a name, and lines where something else is shown: progress, or a report for a program.
func (o *keepOptions) check(c *cli.Context, outputs []report.Output, progress string) error {
	switch {
	case c.IsSet("output-dir") && o.dir == "":
		return usagef("--output-dir: no directory")
	case o.stream && progress == "always":
		return usagef("--stream shows lines where --progress would be")
	}
	for _, output := range outputs {
		if o.stream && output.File == "" && output.Format != report.FormatTable {
			return usagef("--stream writes to standard output: give %s a file, -o %s=FILE", output.Format, output.Format)
		}
	}
	return nil
}

func chunkName(chunk int) string { return fmt.Sprintf("chunk-%d", chunk) }
