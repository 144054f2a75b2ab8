// Package media holds the nouns that every part of homeroll shares: items and
// their hashes, names, holdings, devices, and the records, tries and signed
// roots in which a device states what it has. It imports nothing else of
// homeroll, does no I/O of its own, and refuses to know where bytes are stored
// or how they travel.
//
// Start with [Item] and [ID] (content), then [Record] (statements about
// content), then [Root] (how a device signs the set of its records).
package media

import (
	"encoding/hex"
	"fmt"
	"time"
)

// ID names one piece of content: the BLAKE3-256 hash of its bytes.
type ID [32]byte

// ParseID reads the 64 hexadecimal digits that String writes.
func ParseID(s string) (ID, error) {
	var id ID
	if err := parseHex(id[:], s); err != nil {
		return ID{}, fmt.Errorf("parse item hash %q: %w", s, err)
	}
	return id, nil
}

// String returns 64 lower-case hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// IsZero reports whether id is unset. No content hashes to zero in practice.
func (id ID) IsZero() bool { return id == ID{} }

// MarshalText writes the form of String.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads the form of String.
func (id *ID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseID(string(text))
	return err
}

// Item is one piece of media content. Size is in bytes. Both are stated by a
// manifest, never by the peer that happens to send the bytes.
type Item struct {
	ID   ID
	Size int64
}

// MaxItemSize bounds what one item may be: the outline of a larger one would
// not fit the memory that a transfer may use.
const MaxItemSize = 256 << 30

// FolderID is the identity of a watched folder; its label is a record of its
// own, so that renaming a folder renames nothing else.
type FolderID [16]byte

// Uploads is the folder of every device for what was uploaded to it. It has no
// directory that is watched: its files lie in the device's own vault.
var Uploads = FolderID([]byte("homeroll uploads"))

// FolderIDOf returns the identity that a device gives to the folder at a path
// when it is first watched: the same after the catalogue was lost.
func FolderIDOf(d Device, path string) (id FolderID) {
	sum := Sum([]byte("homeroll folder\x00" + string(d) + "\x00" + path))
	copy(id[:], sum[:])
	return id
}

// String returns 32 lower-case hexadecimal digits.
func (f FolderID) String() string { return hex.EncodeToString(f[:]) }

// Home is the identity of a home: a hash that its founder's roster entry
// recomputes to.
type Home [32]byte

// String returns 64 lower-case hexadecimal digits.
func (h Home) String() string { return hex.EncodeToString(h[:]) }

// Disk identifies a physical filesystem of one machine, so that two nodes on
// one disk are not counted as two copies.
type Disk [16]byte

// Name says that a device has a file with this content at Path (slashes, no
// leading one, bytes as the filesystem gave them) in one of its folders.
type Name struct {
	Folder FolderID
	Path   string
	Item   Item
	MTime  time.Time
}

// Holding says that the device has the verified bytes of the item, synced, on
// its own disk.
type Holding struct{ Item Item }

// Folder says what people call a folder of the device.
type Folder struct {
	ID    FolderID
	Label string
}

// Profile is what a device says of itself.
type Profile struct {
	Role    string // "originals", "space-saver" or "nothing"
	Version string // of the program
	Disks   []Disk // every filesystem that it counts holdings on; at most 32
}

// Kept says under which name a device keeps content in its vault that no
// device names any more, so that the name outlives the original.
type Kept struct {
	Item   Item
	Origin Device
	Folder Folder
	Path   string
	MTime  time.Time
}

func parseHex(dst []byte, s string) error {
	if len(s) != 2*len(dst) {
		return fmt.Errorf("want %d hexadecimal digits, have %d", 2*len(dst), len(s))
	}
	_, err := hex.Decode(dst, []byte(s))
	return err
}
