package hostlist

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

const maxZone = 15 // characters of an interface's name on Linux

// parseIPv6 returns the canonical form of an address. Only a link-local one may have a zone, the interface it is on.
func parseIPv6(text string) (address, problem string) {
	a, err := netip.ParseAddr(text)
	if err != nil || !a.Is6() {
		return "", "not an IPv6 address"
	}
	zone := a.Zone()
	switch {
	case zone == "":
	case !a.IsLinkLocalUnicast():
		return "", "only a link-local address (fe80::) has a zone"
	case len(zone) > maxZone || strings.ContainsFunc(zone, func(r rune) bool { return !inName(byte(r)) }):
		return "", fmt.Sprintf("%s is not an interface", shorten(zone))
	}
	return a.String(), ""
}

// ambiguous returns a hint if a bare address reads as well as a shorter one with a port.
func ambiguous(text string) (hint string) {
	i := strings.LastIndexByte(text, ':')
	head, tail := text[:i], text[i+1:]
	if _, err := strconv.ParseUint(tail, 10, 16); err != nil {
		return ""
	}
	if _, problem := parseIPv6(head); problem != "" {
		return ""
	}
	return fmt.Sprintf("write [%s]:%s or [%s]", head, tail, text)
}
