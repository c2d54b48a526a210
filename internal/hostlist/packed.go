package hostlist

// valueBits are enough for a number of maxDigits digits. The bits above them hold how many digits it has, so that packed
// numbers sort by length, then by value: 1 9 01 07 10.
const valueBits = 57

func pack(digits string) uint64 {
	return uint64(len(digits))<<valueBits | number(digits)
}

func unpack(packed uint64) (digits int, value uint64) {
	return int(packed >> valueBits), packed & (1<<valueBits - 1)
}

// appendRanges writes sorted numbers as ranges, in brackets unless there is only one number.
func appendRanges(b []byte, sorted []uint64) []byte {
	b = append(b, '[')
	open, pieces := len(b), 0
	for i := 0; i < len(sorted); pieces++ {
		last := i
		for last+1 < len(sorted) && follows(sorted[i], sorted[last], sorted[last+1]) {
			last++
		}
		if pieces > 0 {
			b = append(b, ',')
		}
		b = appendPacked(b, sorted[i])
		if sorted[last] != sorted[i] {
			b = append(b, '-')
			b = appendPacked(b, sorted[last])
			pieces++
		}
		i = last + 1
	}
	if pieces == 1 {
		return append(b[:open-1], b[open:]...)
	}
	return append(b, ']')
}

// follows reports whether next continues the range from first to last, or repeats its end. A padded range keeps its
// number of digits; any other may grow, as in 9-10.
func follows(first, last, next uint64) bool {
	if next == last {
		return true
	}
	digits, value := unpack(next)
	before, previous := unpack(last)
	width, low := unpack(first)
	padded := countDigits(low) < width
	return value == previous+1 && (digits == before || !padded && digits == countDigits(value))
}

func appendPacked(b []byte, packed uint64) []byte {
	digits, value := unpack(packed)
	return appendNumber(b, value, digits)
}
