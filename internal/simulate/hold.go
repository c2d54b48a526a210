package simulate

import (
	"fmt"
	"io"
	"net/netip"
	"os"
	"syscall"
)

// hold binds a free port of ip without listening on it: whoever connects to it is refused, and nobody else can take it.
func hold(ip netip.Addr) (io.Closer, uint16, error) {
	syscall.ForkLock.RLock()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, 0, os.NewSyscallError("socket", err)
	}
	held := os.NewFile(uintptr(fd), "held port")
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: ip.As4()}); err != nil {
		held.Close()
		return nil, 0, os.NewSyscallError("bind", err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		held.Close()
		return nil, 0, os.NewSyscallError("getsockname", err)
	}
	address, ok := name.(*syscall.SockaddrInet4)
	if !ok {
		held.Close()
		return nil, 0, fmt.Errorf("held port: an address of type %T", name)
	}
	return held, uint16(address.Port), nil
}
