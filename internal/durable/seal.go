package durable

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
)

// castagnoli is made when it is first wanted, which takes 0.1 ms, not in each process.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// seal returns the line of a record that follows those of the checksum before, and the checksum with it: {"a":1} becomes
// {"a":1,"sum":"89abcdef"}. Sealing the same records in the same order gives the same bytes.
func seal(before uint32, record []byte) (line []byte, sum uint32) {
	open := record[:len(record)-len("}")]
	sum = crc32.Update(before, castagnoli(), open)
	return slices.Concat(open, ending(sum), []byte("\n")), sum
}

// unseal returns the checksum up to line, which has no line break, or false where it is not sealed after those of before.
func unseal(before uint32, line []byte) (sum uint32, ok bool) {
	at := len(line) - len(ending(0))
	if at <= 0 { // the end of the last record alone would fit
		return 0, false
	}
	sum = crc32.Update(before, castagnoli(), line[:at])
	return sum, bytes.Equal(line[at:], ending(sum))
}

// ending is how a record ends.
func ending(sum uint32) []byte { return fmt.Appendf(nil, `,"sum":"%08x"}`, sum) }

// maxLine bounds one record: what is longer is none.
const maxLine = 3 << 30

// lineScanner reads lines of any length up to maxLine.
type lineScanner struct {
	from *bufio.Reader
	line []byte
}

func newLineScanner(r io.Reader) *lineScanner {
	return &lineScanner{from: bufio.NewReaderSize(r, 64<<10)}
}

// next returns the next line, without its line break, good until the next call. A last line that is not ended, or one that
// is too long, is nil: no record can be. At the end it returns nil as well.
func (s *lineScanner) next() ([]byte, error) {
	s.line = s.line[:0]
	for {
		piece, err := s.from.ReadSlice('\n')
		s.line = append(s.line, piece...)
		switch {
		case err == nil:
			return s.line[:len(s.line)-1], nil
		case errors.Is(err, io.EOF), len(s.line) > maxLine:
			return nil, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}
