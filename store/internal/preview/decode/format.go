package decode

import (
	"bytes"
	"io"
)

// decoder decodes one format.
type decoder func(*Decoder, *input) (Result, error)

// formatOf tells the format by how a file begins; nil = none of ours.
func formatOf(magic []byte) decoder {
	starts := func(with string) bool { return bytes.HasPrefix(magic, []byte(with)) }
	at := func(offset int, want string) bool {
		return len(magic) >= offset+len(want) && string(magic[offset:offset+len(want)]) == want
	}
	switch {
	case starts("\xff\xd8\xff"):
		return (*Decoder).jpeg
	case starts("\x89PNG\r\n\x1a\n"):
		return (*Decoder).png
	case starts("GIF87a"), starts("GIF89a"):
		return (*Decoder).gif
	case starts("RIFF") && at(8, "WEBP"):
		return (*Decoder).webp
	case starts("II*\x00"), starts("MM\x00*"):
		return (*Decoder).tiff
	case starts("BM"):
		return (*Decoder).bmp
	case at(4, "ftyp"):
		return (*Decoder).heifFile
	}
	return nil
}

// Certain reports whether a file begins like a picture that is decoded here and
// like no RAW, many of which begin like a TIFF or a HEIF.
func Certain(file io.ReaderAt) bool {
	magic := make([]byte, magicSize)
	n, _ := file.ReadAt(magic, 0) // what cannot be read is found later
	magic = magic[:n]
	if bytes.HasPrefix(magic, []byte("II*")) || bytes.HasPrefix(magic, []byte("MM")) || bytes.Contains(magic, []byte("ftyp")) {
		return false
	}
	return formatOf(magic) != nil
}
