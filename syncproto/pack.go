package syncproto

import (
	"encoding/binary"

	"homeroll/store/media"
)

// Packed fields hold many small values in one bytes field, so that what a peer
// sends never becomes much more memory than its bytes:
//
//	fingerprints  32 bytes each
//	prefixes      a length byte and that many digits, a byte each
//	records       a uvarint length and that many bytes each
//	lists         a uvarint count and that many packed values, for each list
//	family        two 16-bit big-endian masks, then for each child that is in
//	              the first but not in the second its 32-byte hash and a
//	              uvarint of its records. The first has a bit for each child
//	              that is not empty, bit 0 the first child; the second for
//	              each that equals the asker's hint.
//	tails         the last 4 bytes of a fingerprint each
//	difference    for each tail that the asker has sent of a leaf a bit, which
//	              is set if the leaf has it, bit 0 of the first byte the first;
//	              then a list of the records whose tails the asker did not send

const (
	fpLen    = len(media.Fingerprint{})
	hintLen  = 4
	hintsLen = media.Fanout * hintLen
	tailLen  = 4
)

// unpacker reads packed fields; the first error sticks.
type unpacker struct {
	rest []byte
	err  error
}

func (u *unpacker) fail(what string) {
	if u.err == nil {
		u.err = malformed("packed %s", what)
	}
	u.rest = nil
}

func (u *unpacker) more() bool { return u.err == nil && len(u.rest) > 0 }

func (u *unpacker) take(n int, what string) []byte {
	if n < 0 || n > len(u.rest) {
		u.fail(what)
		return nil
	}
	b := u.rest[:n]
	u.rest = u.rest[n:]
	return b
}

func (u *unpacker) uvarint(most uint64, what string) uint64 {
	v, n := binary.Uvarint(u.rest)
	if n <= 0 || v > most {
		u.fail(what)
		return 0
	}
	u.rest = u.rest[n:]
	return v
}

func (u *unpacker) fingerprint() (f media.Fingerprint) {
	copy(f[:], u.take(fpLen, "fingerprint"))
	return f
}

func (u *unpacker) record() media.Record {
	n := u.uvarint(media.MaxRecord, "record length")
	if n == 0 {
		u.fail("record")
	}
	return media.Record(u.take(int(n), "record"))
}

func (u *unpacker) mask() uint16 {
	b := u.take(2, "mask")
	if b == nil {
		return 0
	}
	return binary.BigEndian.Uint16(b)
}

// family reads the children of a node; mine are those that hints were made of.
func (u *unpacker) family(mine *[media.Fanout]media.Node) (c [media.Fanout]media.Node) {
	present, same := u.mask(), u.mask()
	for i := range c {
		bit := uint16(1) << i
		switch {
		case same&bit != 0 && mine == nil:
			u.fail("family without hints")
		case same&bit != 0:
			c[i] = mine[i]
		case present&bit != 0:
			copy(c[i].Hash[:], u.take(len(c[i].Hash), "node"))
			c[i].N = u.uvarint(maxManifest, "node")
		}
	}
	return c
}

func packFamily(b []byte, c *[media.Fanout]media.Node, hints []byte) []byte {
	var present, same uint16
	for i := range c {
		if c[i].N > 0 {
			present |= 1 << i
		}
		if len(hints) == hintsLen && [hintLen]byte(hints[i*hintLen:]) == [hintLen]byte(c[i].Hash[:]) {
			same |= 1 << i
		}
	}
	b = binary.BigEndian.AppendUint16(b, present)
	b = binary.BigEndian.AppendUint16(b, same)
	for i := range c {
		if (present&^same)>>i&1 != 0 {
			b = append(b, c[i].Hash[:]...)
			b = binary.AppendUvarint(b, c[i].N)
		}
	}
	return b
}

func packHints(b []byte, mine *[media.Fanout]media.Node) []byte {
	for i := range mine {
		b = append(b, mine[i].Hash[:hintLen]...)
	}
	return b
}

func packPrefix(b []byte, p media.Prefix) []byte {
	return append(append(b, byte(len(p))), p...)
}

func unpackPrefixes(b []byte) ([]media.Prefix, error) {
	u := unpacker{rest: b}
	var out []media.Prefix
	for u.more() {
		n := u.take(1, "prefix")
		p, err := media.ParsePrefix(u.take(int(n[0]), "prefix"))
		if err != nil {
			return nil, malformed("%v", err)
		}
		out = append(out, p)
		if err := limited("prefixes", len(out), maxPrefixes); err != nil {
			return nil, err
		}
	}
	return out, u.err
}

func packFingerprints(b []byte, fps []media.Fingerprint) []byte {
	for i := range fps {
		b = append(b, fps[i][:]...)
	}
	return b
}

func unpackFingerprints(b []byte, most int) ([]media.Fingerprint, error) {
	if err := limited("fingerprints", len(b)/fpLen, most); err != nil {
		return nil, err
	}
	u := unpacker{rest: b}
	out := make([]media.Fingerprint, 0, len(b)/fpLen)
	for u.more() {
		out = append(out, u.fingerprint())
	}
	return out, u.err
}

func packRecord(b []byte, r media.Record) []byte {
	return append(binary.AppendUvarint(b, uint64(len(r))), r...)
}

func unpackRecords(b []byte, most int) ([]media.Record, error) {
	u := unpacker{rest: b}
	var out []media.Record
	for u.more() {
		out = append(out, u.record())
		if err := limited("records", len(out), most); err != nil {
			return nil, err
		}
	}
	return out, u.err
}
