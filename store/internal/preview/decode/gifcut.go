package decode

import (
	"bufio"
	"errors"
	"io"
)

// Blocks of a GIF (GIF89a, appendix A), and the bit and mask of a colour table
// in their flags.
const (
	gifExtension  = 0x21
	gifImage      = 0x2c
	gifHead       = 13
	gifHasColours = 0x80
	gifColours    = 7
)

// cutGIF reports whether a GIF ends within a block: in one of the pictures of
// an animation, of which the first is shown. Only the mark of the end may be missing.
func cutGIF(r *bufio.Reader) bool {
	head := make([]byte, gifHead)
	if _, err := io.ReadFull(r, head); err != nil {
		return true
	}
	err := skipColours(r, head[10])
	for err == nil {
		var kind byte
		if kind, err = r.ReadByte(); err != nil {
			return false // between two blocks
		}
		switch kind {
		case gifExtension:
			_, err = r.Discard(1)
		case gifImage:
			err = skipImageHead(r)
		default:
			return false // the end, or what is no GIF any more
		}
		if err == nil {
			err = skipSubBlocks(r)
		}
	}
	return errors.Is(err, io.EOF)
}

func skipColours(r *bufio.Reader, flags byte) error {
	if flags&gifHasColours == 0 {
		return nil
	}
	_, err := r.Discard(3 << (flags&gifColours + 1))
	return err
}

// skipImageHead passes over where a picture lies, its colours, and the size of
// its codes.
func skipImageHead(r *bufio.Reader) error {
	var head [9]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = io.EOF
		}
		return err
	}
	if err := skipColours(r, head[8]); err != nil {
		return err
	}
	_, err := r.Discard(1)
	return err
}

// skipSubBlocks passes over the data of a block, to the empty part that ends it.
func skipSubBlocks(r *bufio.Reader) error {
	for {
		length, err := r.ReadByte()
		if err != nil || length == 0 {
			return err
		}
		if _, err := r.Discard(int(length)); err != nil {
			return err
		}
	}
}
