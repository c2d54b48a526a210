package main

import (
	"fmt"
	"net/netip"
	"os/exec"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// isolate moves this goroutine, which has its thread for itself from now on, and all that it starts, into a network of their
// own. There is a loopback device in it, and one that swallows every packet to 198.18.0.0/15, which nobody has. It needs root.
func isolate() error {
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("a network of its own: %w", err)
	}
	for _, line := range []string{
		"ip link set lo up",
		"ip link add nowhere type dummy",
		"ip address add 198.18.0.1/15 dev nowhere",
		"ip link set nowhere up",
	} {
		words := strings.Fields(line)
		if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", line, err, out)
		}
	}
	return nil
}

// nowhere is the i-th address of which all packets are swallowed.
func nowhere(i int) string {
	return netip.AddrFrom4([4]byte{198, 18, byte(1 + i/250), byte(1 + i%250)}).String()
}
