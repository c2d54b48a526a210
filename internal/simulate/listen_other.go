//go:build !linux

package simulate

// listen takes a port for each host: only Linux serves all of 127/8 unasked.
func listen(kinds []Kind) (*sockets, error) { return listenPortEach(kinds) }
