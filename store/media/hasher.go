package media

import "github.com/zeebo/blake3"

// Hasher hashes bytes as they come, in bounded memory. It is for what is no
// item and needs no outline; see [Hash] for items.
type Hasher struct{ h *blake3.Hasher }

// NewHasher returns a hasher that has seen nothing.
func NewHasher() *Hasher { return &Hasher{blake3.New()} }

// Write hashes more bytes; it never fails.
func (h *Hasher) Write(b []byte) (int, error) { return h.h.Write(b) }

// Sum returns the hash of all that was written.
func (h *Hasher) Sum() (id ID) {
	h.h.Sum(id[:0])
	return id
}
