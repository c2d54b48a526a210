package scratch

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// summed is how much of a block its last four bytes are the checksum of. Its first eight are its offset in the file.
const summed = Block - crc32.Size

// errDamaged is of a block that was read and is not what was written.
var errDamaged = errors.New("not what was written there")

// castagnoli is made when it is first wanted, which takes 0.1 ms, not in each process. Processors have an instruction for it.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// seal makes random data the block at an offset.
func seal(block []byte, offset int64) {
	binary.LittleEndian.PutUint64(block, uint64(offset))
	binary.LittleEndian.PutUint32(block[summed:], crc32.Checksum(block[:summed], castagnoli()))
}

// check returns errDamaged for anything but the block that was written at an offset.
func check(block []byte, offset int64) error {
	sum := binary.LittleEndian.Uint32(block[summed:])
	if binary.LittleEndian.Uint64(block) != uint64(offset) || sum != crc32.Checksum(block[:summed], castagnoli()) {
		return errDamaged
	}
	return nil
}
