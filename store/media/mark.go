package media

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	"homeroll/store/media/internal/recordpb"
)

// About is what a Mark says something about. Values are never reused.
type About byte

// What this version knows marks about.
const (
	AboutFavourite About = 1 // On: the item is a favourite
	AboutCaption   About = 2 // Text is the item's caption
	AboutTrash     About = 3 // On: the item is in the trash
	AboutAlbum     About = 4 // On: the album is there; its Text is the title
	AboutEntry     About = 5 // On: the item is in the album
)

// Limits of a Mark.
const (
	MaxCaption    = 2000                  // runes
	MaxTitle      = 200                   // runes
	MaxGeneration = uint64(math.MaxInt64) // the last one: it can only be tied
)

// AlbumID is the identity of an album: random, and the same under every title.
type AlbumID [16]byte

// String returns 32 lower-case hexadecimal digits.
func (a AlbumID) String() string { return hex.EncodeToString(a[:]) }

// ParseAlbumID reads what String writes.
func ParseAlbumID(s string) (a AlbumID, err error) {
	if err := parseHex(a[:], s); err != nil {
		return AlbumID{}, fmt.Errorf("parse album %q: %w", s, err)
	}
	return a, nil
}

// Mark is what somebody said of a picture or an album. Of all devices' marks with
// one subject the one that Rank puts last counts, wherever they have travelled.
type Mark struct {
	About      About
	Item       ID      // unless it is about an album itself
	Album      AlbumID // of AboutAlbum and AboutEntry
	Generation uint64  // 1 + the highest seen of the subject; never a time
	On         bool
	Text       string
	Cover      ID     // of AboutAlbum; zero = none chosen
	Maker      Device // of AboutAlbum: who made it
	// By is who said this first, if the author of the record only passes it on: for a
	// device that left the home. It ranks as if that one had said it.
	By Device
}

// Subject identifies what a mark is about. Two marks with one subject are never
// both true.
func (m Mark) Subject() []byte {
	b := []byte{byte(m.About)}
	if m.About == AboutAlbum || m.About == AboutEntry {
		b = append(b, m.Album[:]...)
	}
	if m.About != AboutAlbum {
		b = append(b, m.Item[:]...)
	}
	return b
}

// Rank orders the marks of one subject by bytes: the generation first, then what
// keeps more (a picture rather than none, a longer text), then the device that said it.
func (m Mark) Rank(author Device) []byte {
	if m.By != "" {
		author = m.By
	}
	keeps := byte(0)
	if m.On != (m.About == AboutTrash) {
		keeps = 1
	}
	b := binary.BigEndian.AppendUint64(nil, m.Generation)
	b = append(b, keeps)
	b = binary.BigEndian.AppendUint32(b, uint32(len(m.Text)))
	b = append(append(b, author...), 0)
	value := Sum(append(append([]byte(m.Text), 0), m.Cover[:]...))
	return append(b, value[:8]...)
}

// Says reports whether two marks of one subject say the same, whoever says it.
func (m Mark) Says(o Mark) bool {
	return m.On == o.On && m.Text == o.Text && m.Cover == o.Cover && m.Maker == o.Maker
}

// ValidCaption reports a caption that no record can have.
func ValidCaption(text string) error { return validText(text, MaxCaption, "\n\t") }

// ValidTitle reports a title of an album that no record can have, or that is empty.
func ValidTitle(text string) error {
	if strings.TrimSpace(text) == "" {
		return errors.New("an album needs a title")
	}
	return validText(text, MaxTitle, "")
}

// validText refuses what is longer than so many runes, and control characters other
// than these.
func validText(text string, runes int, control string) error {
	if !utf8.ValidString(text) {
		return errors.New("text is no UTF-8")
	}
	if n := utf8.RuneCountInString(text); n > runes {
		return fmt.Errorf("text of %d characters, at most %d fit", n, runes)
	}
	if i := strings.IndexFunc(text, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune(control, r) }); i >= 0 {
		return errors.New("text has control characters")
	}
	return nil
}

func markPB(m Mark) *recordpb.Mark {
	pb := &recordpb.Mark{
		About: uint32(m.About), Generation: m.Generation, On: m.On, Text: m.Text, Maker: string(m.Maker), By: string(m.By),
	}
	if !m.Item.IsZero() {
		pb.Item = bytes.Clone(m.Item[:])
	}
	if m.Album != (AlbumID{}) {
		pb.Album = bytes.Clone(m.Album[:])
	}
	if !m.Cover.IsZero() {
		pb.Cover = bytes.Clone(m.Cover[:])
	}
	return pb
}

// decodeMark returns nil for a mark about what a later version knows.
func decodeMark(body []byte) (any, error) {
	pb := &recordpb.Mark{}
	if err := proto.Unmarshal(body, pb); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	if pb.About > uint32(AboutEntry) {
		return nil, nil
	}
	m, err := markOf(pb)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	return m, nil
}

func markOf(pb *recordpb.Mark) (m Mark, err error) {
	m = Mark{About: About(pb.About), Generation: pb.Generation, On: pb.On, Text: pb.Text, Maker: Device(pb.Maker), By: Device(pb.By)}
	if m.Generation == 0 || m.Generation > MaxGeneration {
		return m, errors.New("bad generation of a mark")
	}
	if m.By != "" {
		if _, err := m.By.Key(); err != nil {
			return m, err
		}
	}
	err = errors.Join(optionalBytes(m.Item[:], pb.Item), optionalBytes(m.Album[:], pb.Album), optionalBytes(m.Cover[:], pb.Cover))
	if err != nil {
		return m, err
	}
	return m, m.valid()
}

// optionalBytes is setBytes for what may be left out.
func optionalBytes(dst, src []byte) error {
	if len(src) == 0 {
		return nil
	}
	return setBytes(dst, src)
}

// valid reports what no correct author says.
func (m Mark) valid() error {
	if m.Item.IsZero() != (m.About == AboutAlbum) || (m.Album == AlbumID{}) != (m.About < AboutAlbum) {
		return errors.New("a mark about something else")
	}
	if m.About != AboutAlbum && (!m.Cover.IsZero() || m.Maker != "") || m.About == AboutCaption && m.On {
		return errors.New("a mark with a value that it cannot have")
	}
	switch m.About {
	case AboutCaption:
		return ValidCaption(m.Text)
	case AboutAlbum:
		if _, err := m.Maker.Key(); err != nil {
			return err
		}
		if m.On {
			return ValidTitle(m.Text)
		}
	case AboutFavourite, AboutTrash, AboutEntry:
	default:
		return errors.New("a mark about nothing")
	}
	if m.Text != "" {
		return errors.New("a mark with a text that it cannot have")
	}
	return nil
}
