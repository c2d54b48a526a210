package cli

import (
	"fmt"
	"strconv"
	"strings"
)

// size is an option's number of bytes: 4096, 64KiB, 1MiB, 1g. Units are powers of 1024, as those of memory are.
type size int64

// maxSize bounds what may be asked for.
const maxSize = 1 << 30

// Set parses text.
func (s *size) Set(text string) error {
	number := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(text), "b"), "i")
	shift := 0
	if number != "" {
		if unit := strings.IndexByte("kmg", number[len(number)-1]); unit >= 0 {
			number, shift = number[:len(number)-1], 10*(unit+1)
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > maxSize>>shift {
		return fmt.Errorf("%q: a number of bytes up to 1GiB, such as 64KiB", text)
	}
	*s = size(n << shift)
	return nil
}

func (s *size) String() string {
	n := int64(*s)
	for _, unit := range []string{"", "KiB", "MiB"} {
		if n == 0 || n%1024 != 0 {
			return strconv.FormatInt(n, 10) + unit
		}
		n /= 1024
	}
	return strconv.FormatInt(n, 10) + "GiB"
}
