package cli

import (
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"muster/internal/fleet"
	"muster/internal/strategy"
)

// watchOptions say how often all is done.
type watchOptions struct {
	every time.Duration // 0: it is done once
	times int           // 0: until it is stopped
}

func (o *watchOptions) flags() []cli.Flag {
	return category("Time and failure",
		&cli.DurationFlag{Name: "every", Usage: "do it again each `D`, over the same connections, and say what changed", Destination: &o.every},
		&cli.IntFlag{Name: "times", Usage: "with --every: `N` times (default: until it is stopped)", Destination: &o.times},
	)
}

// on reports whether hosts are visited more than once.
func (o *watchOptions) on() bool { return o.every > 0 }

// check refuses what does not go together with visiting hosts again and again.
func (g *gathering) checkWatch(c *cli.Context) error {
	switch {
	case c.IsSet("every") && g.watch.every < time.Millisecond:
		return usagef("--every must be at least 1ms")
	case c.IsSet("times") && !g.watch.on():
		return usagef("--times is how often --every does it")
	case c.IsSet("times") && g.watch.times < 1:
		return usagef("--times must be at least 1")
	case g.watch.on() && g.journal.file != "":
		return usagef("--journal has one outcome for each host: it is not for --every")
	case g.watch.on() && g.ssh.transport == opensshTransport:
		return usagef("--every keeps connections, which --transport openssh does not: ssh has its ControlMaster for that")
	}
	if g.watch.on() {
		g.job.CPUTimes, g.out.view.Fields = true, fleet.WatchedFields()
	}
	return nil
}

// keepConnections has workers keep their connections between beats, as many as there are descriptors for, and returns what is
// to be said of that.
func (g *gathering) keepConnections(plan strategy.Plan, hosts []fleet.Host, chunks [][]int) []string {
	if !g.watch.on() {
		return nil
	}
	limits := limitsOf(len(hosts))
	limits.HostFiles = g.hostFiles(hosts)
	largest := 0
	for _, chunk := range chunks {
		largest = max(largest, len(chunk))
	}
	g.job.Keep = min(largest, plan.Keepable(limits))
	if g.job.Keep == largest {
		return nil
	}
	return []string{fmt.Sprintf("%d open files: each worker keeps %d connections between beats, of %d", limits.Files, g.job.Keep, largest)}
}
