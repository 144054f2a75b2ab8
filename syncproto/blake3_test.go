package syncproto

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"encoding/hex"
	"math/big"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// BLAKE3 after its paper, without any speed: what docs/protocol.md says of
// tries and outlines is computed with it.

var iv = [8]uint32{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}

// Flags of a compression.
const (
	chunkStart = 1 << iota
	chunkEnd
	parent
	root
)

func compress(h [8]uint32, block []byte, counter uint64, flags uint32) (out [8]uint32) {
	var m, next [16]uint32
	var padded [64]byte
	copy(padded[:], block)
	for i := range m {
		m[i] = binary.LittleEndian.Uint32(padded[4*i:])
	}
	v := [16]uint32{h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7], iv[0], iv[1], iv[2], iv[3], uint32(counter), uint32(counter >> 32), uint32(len(block)), flags}
	g := func(a, b, c, d int, x, y uint32) {
		v[a] += v[b] + x
		v[d] = bits.RotateLeft32(v[d]^v[a], -16)
		v[c] += v[d]
		v[b] = bits.RotateLeft32(v[b]^v[c], -12)
		v[a] += v[b] + y
		v[d] = bits.RotateLeft32(v[d]^v[a], -8)
		v[c] += v[d]
		v[b] = bits.RotateLeft32(v[b]^v[c], -7)
	}
	for range 7 {
		for i := range 4 {
			g(i, 4+i, 8+i, 12+i, m[2*i], m[2*i+1])
		}
		for i := range 4 {
			g(i, 4+(i+1)%4, 8+(i+2)%4, 12+(i+3)%4, m[8+2*i], m[9+2*i])
		}
		for i, from := range [16]int{2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8} {
			next[i] = m[from]
		}
		m = next
	}
	for i := range out {
		out[i] = v[i] ^ v[i+8]
	}
	return out
}

// cvOf returns the chaining value of a subtree that begins at a chunk.
func cvOf(b []byte, chunk uint64, top uint32) [8]uint32 {
	if len(b) > 1024 {
		left := 1024 << (bits.Len(uint((len(b)-1)/1024)) - 1)
		return parentOf(cvOf(b[:left], chunk, 0), cvOf(b[left:], chunk+uint64(left/1024), 0), top)
	}
	h, flags := iv, uint32(chunkStart)
	for len(b) > 64 {
		h = compress(h, b[:64], chunk, flags)
		b, flags = b[64:], 0
	}
	return compress(h, b, chunk, flags|chunkEnd|top)
}

func parentOf(l, r [8]uint32, top uint32) [8]uint32 {
	a, b := toBytes(l), toBytes(r)
	return compress(iv, append(a[:], b[:]...), 0, parent|top)
}

func toBytes(w [8]uint32) (out [32]byte) {
	for i := range w {
		binary.LittleEndian.PutUint32(out[4*i:], w[i])
	}
	return out
}

func fromBytes(b [32]byte) (w [8]uint32) {
	for i := range w {
		w[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return w
}

func hash3(b []byte) [32]byte { return toBytes(cvOf(b, 0, root)) }

// valueOf returns the chaining value of a group that begins at a chunk.
func valueOf(group []byte, chunk uint64) [32]byte { return toBytes(cvOf(group, chunk, 0)) }

// rootOver folds an outline of at least two groups to the item's hash.
func rootOver(outline [][32]byte) [32]byte {
	var fold func(o [][32]byte, top uint32) [8]uint32
	fold = func(o [][32]byte, top uint32) [8]uint32 {
		if len(o) == 1 {
			return fromBytes(o[0])
		}
		left := 1 << (bits.Len(uint(len(o)-1)) - 1)
		return parentOf(fold(o[:left], 0), fold(o[left:], 0), top)
	}
	return toBytes(fold(outline, root))
}

const base58Digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

func base58(b []byte) string {
	var out []byte
	for n, r := new(big.Int).SetBytes(b), new(big.Int); n.Sign() > 0; {
		n.DivMod(n, big.NewInt(58), r)
		out = append([]byte{base58Digits[r.Int64()]}, out...)
	}
	return strings.Repeat("1", len(b)-len(bytes.TrimLeft(b, "\x00"))) + string(out)
}

func unbase58(s string) []byte {
	n := new(big.Int)
	for _, c := range []byte(s) {
		n.Add(n.Mul(n, big.NewInt(58)), big.NewInt(int64(strings.IndexByte(base58Digits, c))))
	}
	return append(make([]byte, len(s)-len(strings.TrimLeft(s, "1"))), n.Bytes()...)
}

// The worked examples of docs/protocol.md are what this implementation computes.
func TestDocumentHasTheComputedExamples(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "docs", "protocol.md"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range workedExamples() {
		if !strings.Contains(string(doc), want) {
			t.Errorf("%s: docs/protocol.md lacks %s", name, want)
		}
	}
}

func sortFingerprints(fps [][32]byte) {
	slices.SortFunc(fps, func(a, b [32]byte) int { return bytes.Compare(a[:], b[:]) })
}

func workedExamples() map[string]string {
	var fps [][32]byte
	for i := range uint32(129) {
		fps = append(fps, hash3(binary.BigEndian.AppendUint32([]byte{200}, i)))
	}
	sortFingerprints(fps)
	two := [][32]byte{hash3([]byte{200, 0, 0, 0, 0}), hash3([]byte{200, 0, 0, 0, 1})}
	sortFingerprints(two)
	leaf, inner := nodeOver(two, 0), nodeOver(fps, 0)
	var first [][32]byte
	for _, f := range fps {
		if f[0]>>4 == 0 {
			first = append(first, f)
		}
	}
	child := nodeOver(first, 1)
	s := newSecond(1, nil, nil)
	message := rootMessage([32]byte{1, 2, 3}, s.id, 1, 2, inner)
	item := make([]byte, 600_000)
	for i := range item {
		item[i] = byte(i % 251)
	}
	id := hash3(item)
	out := map[string]string{
		"device": s.id, "leaf": hex.EncodeToString(leaf.hash[:]), "inner": hex.EncodeToString(inner.hash[:]), "child": hex.EncodeToString(child.hash[:]),
		"root message": hex.EncodeToString(message), "root signature": hex.EncodeToString(ed25519.Sign(s.key, message)), "item": hex.EncodeToString(id[:]),
	}
	for i := range 2 {
		out["fingerprint"+string(rune('0'+i))] = hex.EncodeToString(two[i][:])
	}
	for i := 0; i < len(item); i += secondGroup {
		cv := valueOf(item[i:min(len(item), i+secondGroup)], uint64(i/1024))
		out["group "+string(rune('0'+i/secondGroup))] = hex.EncodeToString(cv[:])
	}
	return out
}
