package media

import "github.com/zeebo/blake3"

// HomeOf returns the identity of the home that a founding statement begins.
func HomeOf(founding []byte) Home { return Home(Sum(founding)) }

// Sum returns the BLAKE3-256 hash of bytes that are a statement, not content.
func Sum(b []byte) [32]byte { return blake3.Sum256(b) }
