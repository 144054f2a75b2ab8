package decode

import "bytes"

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
