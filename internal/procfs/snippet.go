// Package procfs reads a Linux host's load and memory through one shell command: the snippet that is sent to the host,
// the parsers of what it prints, and the inverse, which prints what a host with a given reading would.
//
//	Snippet(sentinel) ──► host's shell ──► stdout ──► Parse(sentinel, stdout, …) ──► fleet.Reading
//	                                         ▲                                           │
//	                                         └────────── Format(reading, sentinel, …) ◄──┘
//
// What comes back is hostile text: the parsers are total, and no number they return is negative, infinite or NaN.
package procfs

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
)

// The command, less its sentinel. The login shell that reads it may be csh or fish, so within the single quotes there
// is no single quote, no exclamation mark and no backslash, and the whole is shorter than csh's longest word, 1,024
// bytes. Inside, it is POSIX sh as BusyBox has it. Lines of one-line files are read by the shell itself, so that only
// uname, date, cat and, where there is no sysfs, grep are forked. The sentinel followed by a section's name never
// stands in the text itself: a shell that echoes its commands forges no section.
const (
	head = `exec sh -c 'export LC_ALL=C; s=`
	tail = `; l() { [ -r "$2" ] && read -r v <"$2" && echo "$s $1" && echo "$v"; }; echo "$s begin"; ` +
		`echo "$s uname"; uname -sr; ` +
		`l boot_id /proc/sys/kernel/random/boot_id; l uptime /proc/uptime; l loadavg /proc/loadavg; ` +
		`l online /sys/devices/system/cpu/online || { echo "$s processors"; grep -c "^cpu[0-9]" /proc/stat; }; ` +
		`l psi_cpu /proc/pressure/cpu; l psi_memory /proc/pressure/memory; l psi_io /proc/pressure/io; ` +
		`echo "$s meminfo"; cat /proc/meminfo; echo "$s clock"; date +%s.%N; ` + last
	last    = `echo "$s end"'`
	withCPU = `l stat /proc/stat; ` + last
)

// sentinelBytes is how much randomness a sentinel holds; it is written as twice as many hexadecimal digits.
const sentinelBytes = 16

// NewSentinel returns a fresh random word that marks the sections of one snippet's output, so that nothing a login
// shell prints of its own is taken for one.
func NewSentinel() string {
	var b [sentinelBytes]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// Snippet returns the whole command line to run on a host. Its standard output is for Parse, with the same sentinel,
// which must come from NewSentinel. It ends with status 0, reads no standard input, and leaves nothing behind.
func Snippet(sentinel string) string { return head + sentinel + tail }

// SnippetCPU is a Snippet that has the host say its CPUTimes too.
func SnippetCPU(sentinel string) string {
	return strings.TrimSuffix(Snippet(sentinel), last) + withCPU
}

// AsksCPU reports whether a command was made by SnippetCPU.
func AsksCPU(command string) bool {
	_, ok := Sentinel(command)
	return ok && strings.HasSuffix(command, withCPU)
}

// Sentinel returns the sentinel of a command made by Snippet or SnippetCPU, and false for any other command.
func Sentinel(command string) (string, bool) {
	if plain, ok := strings.CutSuffix(command, withCPU); ok {
		command = plain + last
	}
	rest, ok := strings.CutPrefix(command, head)
	if !ok {
		return "", false
	}
	sentinel, ok := strings.CutSuffix(rest, tail)
	if b, err := hex.DecodeString(sentinel); !ok || err != nil || len(b) != sentinelBytes {
		return "", false
	}
	return sentinel, true
}
