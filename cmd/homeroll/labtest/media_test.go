//go:build lab && linux

package labtest

import (
	"encoding/binary"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// copyCorpus copies one device of the corpus into the user's home and gives
// each file its own time. It returns the folder.
func (h *host) copyCorpus(device string) string {
	h.t.Helper()
	src := filepath.Join(world.corpus, device)
	dst := h.mkdir(h.path(device))
	n := 0
	err := filepath.WalkDir(src, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(src, p)
		if err != nil {
			return err
		}
		if d.IsDir() {
			h.mkdir(filepath.Join(dst, rel))
			return nil
		}
		data, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		n++
		h.put(filepath.Join(dst, rel), data, corpusTime(n))
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return dst
}

// corpusTime returns a time with odd seconds and a fraction for the n-th file.
func corpusTime(n int) time.Time {
	return time.Date(2009, 3, 29, 1, 59, 57, 123456700, time.UTC).Add(time.Duration(n) * 100_003 * time.Second)
}

// put writes a file of the user's with a modification time.
func (h *host) put(path string, data []byte, mtime time.Time) {
	h.t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		h.t.Fatal(err)
	}
	h.own(path)
	if err := os.Chtimes(path, mtime, mtime); err != nil {
		h.t.Fatal(err)
	}
}

// jpeg returns a file that starts and ends as a JPEG does, with noise between.
func jpeg(size int, seed uint64) []byte {
	const head = "\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
	data := make([]byte, size)
	noise(seed).Read(data)
	copy(data, head)
	copy(data[size-2:], "\xff\xd9")
	return data
}

// video writes an MP4 file of the user's: a type box and noise as media data.
func (h *host) video(path string, size int64, seed uint64) {
	h.t.Helper()
	f, err := os.Create(path)
	if err != nil {
		h.t.Fatal(err)
	}
	defer f.Close()
	h.own(path)
	head := []byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42\x00\x00\x00\x01mdat")
	head = binary.BigEndian.AppendUint64(head, uint64(size-24))
	if _, err := f.Write(head); err != nil {
		h.t.Fatal(err)
	}
	if _, err := io.CopyN(f, noise(seed), size-int64(len(head))); err != nil {
		h.t.Fatal(err)
	}
}

// noise is an endless reproducible stream that no compression shrinks.
func noise(seed uint64) *rand.ChaCha8 {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	return rand.NewChaCha8(key)
}

// library fills a folder with videos and photos that are total bytes large
// together, nine tenths of it in videos of 40 MB.
func (h *host) library(dir string, total int64, seed uint64) string {
	h.t.Helper()
	h.mkdir(dir)
	const large, small = 40 << 20, 1 << 20
	left := total
	for i := uint64(0); left > 0; i++ {
		name := filepath.Join(dir, "IMG_"+strings.Repeat("0", 4-min(4, len(itoa(i))))+itoa(i))
		if left > total/10 {
			size := min(int64(large), left)
			h.video(name+".MP4", size, seed+i)
			left -= size
		} else {
			h.put(name+".JPG", jpeg(small, seed+i), corpusTime(int(i)))
			left -= small
		}
	}
	return dir
}
