package movie

import (
	"bytes"
	"maps"
	"slices"
	"time"
)

// packet is the length of a packet of a transport stream (ISO 13818-1, 2.4.3).
// In Blu-ray and AVCHD there are four bytes of a clock before each.
const (
	packet = 188
	timed  = 192
	sync   = 0x47
)

// isTransport knows a stream by its packets. A GIF begins with the same byte.
func isTransport(head []byte) bool {
	_, _, ok := framing(head)
	return ok && !bytes.HasPrefix(head, []byte("GIF8"))
}

// framing finds how the packets lie: where the first begins and how far apart
// they are.
func framing(head []byte) (start, step int, ok bool) {
	for _, f := range []struct{ start, step int }{{0, packet}, {4, timed}} {
		n := 0
		for at := f.start; at < len(head); at += f.step {
			if head[at] != sync {
				n = -1
				break
			}
			n++
		}
		if n >= 2 {
			return f.start, f.step, true
		}
	}
	return 0, 0, false
}

// How much of a stream's start, and of its end, is looked at, in packets.
const (
	lookAhead = 20_000
	lookBack  = 4_000
)

// transport is what is gathered of a transport stream.
type transport struct {
	*source
	m *movie

	tables map[uint16]bool // where a program map is
	kinds  map[uint16]byte // the kinds of elementary streams
	video  map[uint16][]byte
	first  clock
	last   clock
}

// clock is a time stamp of 90 kHz, or none.
type clock struct {
	ticks uint64
	known bool
}

func readTransport(s *source, m *movie) {
	start, step, ok := framing(s.Bytes(0, 400))
	if !ok {
		return
	}
	m.Type = "video/mpeg"
	if step == timed {
		m.Type = "video/m2ts"
	}
	f := transport{source: s, m: m, tables: map[uint16]bool{}, kinds: map[uint16]byte{}, video: map[uint16][]byte{}}
	at := int64(start)
	for n := 0; n < lookAhead && !f.full() && at+packet <= s.size && s.step(); n++ {
		f.packet(s.Bytes(at, packet), true)
		at += int64(step)
	}
	for _, pid := range slices.Sorted(maps.Keys(f.video)) {
		f.decode(pid, f.video[pid])
	}
	f.backwards(at, int64(start), int64(step))
	if f.first.known && f.last.known {
		m.Duration = time.Duration((f.last.ticks-f.first.ticks)&(1<<33-1)) * time.Second / 90_000
	}
}

// backwards reads the end of the file for its last time.
func (f *transport) backwards(read, start, step int64) {
	last := start + (f.size-start)/step*step
	from := max(read, last-lookBack*step)
	for at := from; at+packet <= f.size && f.step(); at += step {
		f.packet(f.Bytes(at, packet), false)
	}
}

// packet reads one packet: tables and the start of the video if it is at the
// front of the file, else times alone.
func (f *transport) packet(b []byte, front bool) {
	if len(b) < packet || b[0] != sync {
		return
	}
	pid := be16(b, 1) & 0x1fff
	start, control := b[1]&0x40 != 0, b[3]>>4&3
	body := b[4:]
	if control&2 != 0 {
		n := int(b[4])
		f.reference(b[5:min(5+n, len(b))])
		if 5+n >= len(b) {
			return
		}
		body = b[5+n:]
	}
	if control&1 == 0 {
		return
	}
	if front {
		f.body(pid, body, start)
	}
}

// reference reads the program clock of an adaptation field (2.4.3.5).
func (f *transport) reference(b []byte) {
	if len(b) < 7 || b[0]&0x10 == 0 {
		return
	}
	f.seen(uint64(be32(b, 1))<<1 | uint64(b[5]>>7))
}

func (f *transport) seen(ticks uint64) {
	if !f.first.known {
		f.first = clock{ticks, true}
	}
	f.last = clock{ticks, true}
}

func (f *transport) body(pid uint16, b []byte, start bool) {
	switch {
	case pid == 0 && start:
		f.programs(table(b))
	case f.tables[pid] && start:
		f.streams(table(b))
	case isVideo(f.kinds[pid]):
		f.gather(pid, b, start)
	}
}

// table is the content of a section that begins in a packet (2.4.4), after its
// head and before its checksum.
func table(b []byte) []byte {
	if len(b) == 0 || len(b) < int(b[0])+9 {
		return nil
	}
	b = b[1+int(b[0]):]
	end := min(3+int(be16(b, 1)&0xfff)-4, len(b))
	if end < 8 {
		return nil
	}
	return b[8:end]
}

// programs notes where the maps of the programs are.
func (f *transport) programs(b []byte) {
	for ; len(b) >= 4 && len(f.tables) < 16; b = b[4:] {
		if be16(b, 0) != 0 {
			f.tables[be16(b, 2)&0x1fff] = true
		}
	}
}

// streams notes the kinds of the streams of a program.
func (f *transport) streams(b []byte) {
	if len(b) < 4 {
		return
	}
	b = b[min(4+int(be16(b, 2)&0xfff), len(b)):]
	for len(b) >= 5 && len(f.kinds) < 64 {
		f.kinds[be16(b, 1)&0x1fff] = b[0]
		b = b[min(5+int(be16(b, 3)&0xfff), len(b)):]
	}
}

// The types of elementary streams of video (2.4.4.9): MPEG-1, MPEG-2, H.264, H.265.
func isVideo(kind byte) bool { return kind == 1 || kind == 2 || kind == 0x1b || kind == 0x24 }

// maxStart bounds, in bytes, the start of a video that is kept.
const maxStart = 256 << 10

// gather keeps the start of a stream of video without the heads of its packets.
func (f *transport) gather(pid uint16, b []byte, start bool) {
	kept := f.video[pid]
	if len(f.video) >= 2 && kept == nil || len(kept) >= maxStart {
		return
	}
	if start {
		if len(b) < 9 || len(b) < 9+int(b[8]) {
			return
		}
		b = b[9+int(b[8]):]
	}
	f.video[pid] = append(kept, b...)
}

// full reports whether the start of each stream of video is kept.
func (f *transport) full() bool {
	for pid, kind := range f.kinds {
		if isVideo(kind) && len(f.video[pid]) < maxStart {
			return false
		}
	}
	return len(f.video) > 0 && f.first.known
}

// decode reads the start of a stream of video.
func (f *transport) decode(pid uint16, b []byte) {
	switch f.kinds[pid] {
	case 0x1b:
		f.m.h264(b)
	case 1, 2:
		f.m.mpeg2(b)
	case 0x24:
		f.m.h265(b)
	}
}
