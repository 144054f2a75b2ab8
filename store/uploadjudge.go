package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"homeroll/store/internal/filetype"
	"homeroll/store/internal/picture"
	"homeroll/store/media"
)

// Reasons for which an upload is refused.
const (
	RefusedEmpty   = "empty"
	RefusedType    = "type"    // it is no photo, video or sidecar
	RefusedDamaged = "damaged" // so little is left of it that it cannot be told what it shows
	RefusedLarge   = "large"
)

// RefusedError reports an upload that is nothing to be kept.
type RefusedError struct {
	Reason string
	Detail string
}

func (e *RefusedError) Error() string { return e.Detail }

// Hint says what to do.
func (e *RefusedError) Hint() string {
	switch e.Reason {
	case RefusedEmpty, RefusedDamaged:
		return "look at the file where it comes from: it may not have been copied whole"
	case RefusedLarge:
		return "cut it into several files"
	}
	return "photos, videos, RAW files and their sidecars are kept here"
}

// maxSidecar is more than any sidecar has, in bytes.
const maxSidecar = 16 << 20

// judgeUpload looks at what a file contains, rather than at what it is called.
func (s *Store) judgeUpload(ctx context.Context, p, name string) error {
	f, err := os.Open(p)
	if err != nil {
		return fmt.Errorf("read upload: %w", err)
	}
	defer func() { _ = f.Close() }()
	fi, err := f.Stat()
	if err != nil {
		return fmt.Errorf("read upload: %w", err)
	}
	switch size := fi.Size(); {
	case size == 0:
		return &RefusedError{RefusedEmpty, "the file is empty"}
	case size > media.MaxItemSize:
		return &RefusedError{RefusedLarge, fmt.Sprintf("the file is larger than %d GiB", media.MaxItemSize>>30)}
	}
	head := make([]byte, 4096)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read upload: %w", err)
	}
	head = head[:n]
	pic, err := picture.Read(ctx, f, fi.Size())
	if err != nil {
		return fmt.Errorf("read upload: %w", err)
	}
	return s.judgeContent(content{name: name, size: fi.Size(), head: head, pic: pic})
}

// content is what a file shows of itself.
type content struct {
	name string
	size int64
	head []byte
	pic  media.Picture
}

func (s *Store) judgeContent(c content) error {
	ext := filetype.Ext(c.name)
	known := strings.HasPrefix(c.pic.Type, "image/") || strings.HasPrefix(c.pic.Type, "video/") || c.pic.Type == "application/vnd.adobe.photoshop"
	switch {
	case c.pic.Type == "image/svg+xml":
		return refuseType(c, "a drawing (SVG), which may carry programs")
	case slices.Contains(s.sidecars(), ext) && isSidecar(c):
		return nil
	case !known && !filetype.Sniff(c.head[:min(len(c.head), filetype.SniffLen)]):
		if document := documentOf(c.head); document != "" {
			return refuseType(c, document)
		}
		if !s.types[ext] || slices.Contains(s.sidecars(), ext) {
			return refuseType(c, "no photo or video that homeroll knows")
		}
		return nil // an exotic one, which its name alone tells
	case slices.Contains(measured, c.pic.Type) && c.pic.Width == 0:
		return &RefusedError{RefusedDamaged, "the file begins like a picture, but ends before it says anything of it"}
	}
	return nil
}

// measured are types whose size stands near their beginning: where it does not,
// nothing of the picture is there.
var measured = []string{"image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp"}

func refuseType(c content, what string) error {
	return &RefusedError{RefusedType, fmt.Sprintf("%s is %s", path.Base(c.name), what)}
}

func (s *Store) sidecars() []string { return s.cfg.Types.Sidecars }

// isSidecar reports text that may be what cameras and programs say of a picture,
// or the small picture of a video.
func isSidecar(c content) bool {
	if c.size > maxSidecar {
		return false
	}
	return c.pic.Type == "image/jpeg" && c.pic.Width > 0 || isText(c.head)
}

func isText(head []byte) bool {
	if len(head) >= 2 && (head[0] == 0xff && head[1] == 0xfe || head[0] == 0xfe && head[1] == 0xff) {
		return true // UTF-16
	}
	for i := 0; i < utf8.UTFMax && !utf8.Valid(head) && len(head) > 0; i++ {
		head = head[:len(head)-1] // the last rune may be cut
	}
	return utf8.Valid(head) && !bytes.ContainsRune(head, 0)
}

// documents are first bytes of what is no photo or video, whatever its name says.
var documents = []struct{ head, what string }{
	{"%PDF-", "a PDF document"},
	{"PK\x03\x04", "a ZIP archive or office document: unpack it first"},
	{"\x1f\x8b", "a compressed archive: unpack it first"},
	{"Rar!", "a RAR archive: unpack it first"},
	{"7z\xbc\xaf", "a 7z archive: unpack it first"},
	{"\x7fELF", "a program"},
	{"MZ", "a program"},
	{"\xcf\xfa\xed\xfe", "a program"},
	{"#!", "a script"},
	{"ID3", "music"},
	{"OggS", "sound or a video in Ogg"},
	{"fLaC", "music"},
	{"SQLite format 3", "a database"},
	{"\xd0\xcf\x11\xe0", "an office document"},
}

func documentOf(head []byte) string {
	for _, d := range documents {
		if bytes.HasPrefix(head, []byte(d.head)) && d.head != "OggS" {
			return d.what
		}
	}
	if isText(head) {
		return "text"
	}
	if len(bytes.Trim(head, "\x00")) == 0 {
		return "nothing but zeros"
	}
	return ""
}
