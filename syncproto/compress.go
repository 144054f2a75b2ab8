package syncproto

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"

	"homeroll/store/media"
)

// blockCodec compresses single groups. It is safe for concurrent use.
type blockCodec struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
	cost
}

// codecThreads bounds how many groups are (de)compressed at once, and with it
// the memory for that.
const codecThreads = 2

func newBlockCodec() *blockCodec {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(codecThreads), zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithWindowSize(maxBlock), zstd.WithEncoderCRC(false), zstd.WithLowerEncoderMem(true))
	if err != nil {
		panic("syncproto: " + err.Error())
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(codecThreads), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxMemory(maxBlock), zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		panic("syncproto: " + err.Error())
	}
	return &blockCodec{enc: enc, dec: dec}
}

// shrink returns the group compressed into dst's array, and false if that
// saves less than a tenth.
func (c *blockCodec) shrink(dst, group []byte) ([]byte, bool) {
	z := c.enc.EncodeAll(group, dst[:0])
	return z, len(z) < len(group)-len(group)/10
}

// expand fills dst with the decompressed block; a block of any other length
// is media.ErrCorrupt. It writes nothing beyond dst.
func (c *blockCodec) expand(dst, block []byte) error {
	out, err := c.dec.DecodeAll(block, dst[:0:len(dst)])
	if err != nil {
		return fmt.Errorf("decompress group: %w: %w", media.ErrCorrupt, err)
	}
	if len(out) != len(dst) {
		return fmt.Errorf("decompress group: %w: %d bytes for %d", media.ErrCorrupt, len(out), len(dst))
	}
	return nil
}

// headLen is how much of an item's beginning tells whether it is compressed.
const headLen = 12

// compressed reports content that is not worth a trial, by its first bytes.
func compressed(head []byte) bool {
	for _, magic := range []string{
		"\xff\xd8\xff", "\x89PNG", "\x28\xb5\x2f\xfd", "PK\x03\x04", "\x1f\x8b", "GIF8", "\x1aE\xdf\xa3", "7z\xbc\xaf", "\xfd7zXZ", "BZh",
		"OggS", "FLV\x01", "\x30\x26\xb2\x75", "\x00\x00\x01\xba", "\xff\x0a", "\x00\x00\x00\x0cJXL ", "\x00\x00\x00\x0cjP  ",
	} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	if len(head) < headLen {
		return false
	}
	riff := string(head[:4]) == "RIFF" && (string(head[8:12]) == "WEBP" || string(head[8:12]) == "AVI ")
	return riff || string(head[4:8]) == "ftyp" // HEIC, AVIF, MP4, MOV, CR3
}

// tooSmall items are not worth compressing.
const tooSmall = 512

// groupBuffers are of one group each.
var groupBuffers = sync.Pool{New: func() any { return new([maxBlock]byte) }}
