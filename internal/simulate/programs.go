package simulate

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"muster/internal/fleet"
	"muster/internal/procfs"
)

// program is a command that a host knows, given the words after its name. It returns the status it ends with.
type program func(args []string, r fleet.Reading, std stdio) uint32

func programs() map[string]program {
	return map[string]program{
		"true":   func([]string, fleet.Reading, stdio) uint32 { return 0 },
		"false":  func([]string, fleet.Reading, stdio) uint32 { return 1 },
		"exit":   exit,
		"echo":   echo,
		"cat":    cat,
		"head":   head,
		"uptime": uptime,
		"uname":  uname,
		"nproc":  nproc,
	}
}

func exit(args []string, _ fleet.Reading, _ stdio) uint32 {
	status, _ := strconv.ParseUint(strings.Join(args, " "), 10, 8)
	return uint32(status)
}

func echo(args []string, _ fleet.Reading, std stdio) uint32 {
	fmt.Fprintln(std.out, strings.Join(args, " "))
	return 0
}

// cat copies its input, or prints one of two files that tools which are compared with muster read.
func cat(args []string, r fleet.Reading, std stdio) (status uint32) {
	if len(args) == 0 {
		io.Copy(std.out, std.in)
	}
	for _, name := range args {
		switch name {
		case "/proc/loadavg":
			io.WriteString(std.out, procfs.Loadavg(r))
		case "/proc/meminfo":
			io.WriteString(std.out, procfs.Meminfo(r))
		default:
			fmt.Fprintf(std.err, "cat: %s: No such file or directory\n", name)
			status = 1
		}
	}
	return status
}

// How much head prints at most, and at once.
const (
	maxHead   = 1_000_000_000
	headBlock = 32 << 10
)

// head knows one use, for much output: head -c N /dev/zero.
func head(args []string, _ fleet.Reading, std stdio) uint32 {
	if len(args) != 3 || args[0] != "-c" || args[2] != "/dev/zero" {
		return usage(std, "head -c N /dev/zero")
	}
	left, err := strconv.Atoi(args[1])
	if err != nil || left < 0 || left > maxHead {
		return usage(std, "head -c N /dev/zero")
	}
	for block := make([]byte, headBlock); left > 0; left -= len(block) {
		block = block[:min(left, headBlock)]
		if _, err := std.out.Write(block); err != nil {
			return 1
		}
	}
	return 0
}

func uptime(_ []string, r fleet.Reading, std stdio) uint32 {
	now := time.Now().Add(time.Duration(*r.ClockOffsetMS * float64(time.Millisecond)))
	up := time.Duration(*r.UptimeSeconds) * time.Second
	days, minutes := int(up.Hours())/24, int(up.Minutes())
	fmt.Fprintf(std.out, " %s up %d days, %2d:%02d,  0 users,  load average: %.2f, %.2f, %.2f\n",
		now.Format(time.TimeOnly), days, minutes/60%24, minutes%60, *r.Load1, *r.Load5, *r.Load15)
	return 0
}

func uname(args []string, r fleet.Reading, std stdio) uint32 {
	names := map[string]string{"": r.OS, "-s": r.OS, "-r": r.Kernel, "-sr": r.OS + " " + r.Kernel}
	name, ok := names[strings.Join(args, " ")]
	if !ok {
		return usage(std, "uname [-s|-r|-sr]")
	}
	fmt.Fprintln(std.out, name)
	return 0
}

func nproc(_ []string, r fleet.Reading, std stdio) uint32 {
	fmt.Fprintln(std.out, *r.CPUs)
	return 0
}

func usage(std stdio, text string) uint32 {
	fmt.Fprintf(std.err, "usage: %s\n", text)
	return 2
}
