package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"homeroll/store/media"
)

// What this device's people said is in no folder and no vault, so it is also in a
// log beside the catalogue, from which a lost one gets it back. A line is there
// before the mark counts.
const (
	marksName  = "marks"
	marksBatch = 2000
	marksSlack = 1000     // lines that may be outdated before the log is written anew
	maxMark    = 64 << 10 // bytes of a line
)

// MarksFile is the log's name in the state directory.
const MarksFile = marksName

// markLine is a line of the log.
type markLine struct {
	About      media.About  `json:"about"`
	Item       *media.ID    `json:"item,omitempty"`
	Album      string       `json:"album,omitempty"`
	Generation uint64       `json:"generation"`
	On         bool         `json:"on,omitempty"`
	Text       string       `json:"text,omitempty"`
	Cover      *media.ID    `json:"cover,omitempty"`
	Maker      media.Device `json:"maker,omitempty"`
	By         media.Device `json:"by,omitempty"`
}

func lineOfMark(m media.Mark) markLine {
	l := markLine{About: m.About, Generation: m.Generation, On: m.On, Text: m.Text, Maker: m.Maker, By: m.By}
	if !m.Item.IsZero() {
		l.Item = &m.Item
	}
	if !m.Cover.IsZero() {
		l.Cover = &m.Cover
	}
	if m.Album != (media.AlbumID{}) {
		l.Album = m.Album.String()
	}
	return l
}

// mark returns what a line says, and an error if no record can say it.
func (l markLine) mark() (m media.Mark, err error) {
	m = media.Mark{About: l.About, Generation: l.Generation, On: l.On, Text: l.Text, Maker: l.Maker, By: l.By}
	if l.Item != nil {
		m.Item = *l.Item
	}
	if l.Cover != nil {
		m.Cover = *l.Cover
	}
	if l.Album != "" {
		if m.Album, err = media.ParseAlbumID(l.Album); err != nil {
			return m, err
		}
	}
	_, err = media.EncodeRecord(m)
	return m, err
}

// marksLog appends to the log, one at a time.
type marksLog struct {
	mu   sync.Mutex
	path string
	seen uint64 // of catalogue.PassedOn, that the log has
}

// append makes lines durable. If it fails, none of them is there.
func (l *marksLog) append(marks []media.Mark) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for _, m := range marks {
		if err := enc.Encode(lineOfMark(m)); err != nil {
			return err
		}
	}
	_, statErr := os.Lstat(l.path)
	f, err := os.OpenFile(l.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("write log of marks: %w", err)
	}
	err = appendWhole(f, b.Bytes())
	if err = errors.Join(err, f.Close()); err == nil && errors.Is(statErr, fs.ErrNotExist) {
		err = syncDirectory(filepath.Dir(l.path))
	}
	if err != nil {
		return fmt.Errorf("write log of marks: %w", err)
	}
	return nil
}

// appendWhole appends all or nothing, on a line of its own.
func appendWhole(f *os.File, b []byte) error {
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	last := []byte{'\n'}
	if end > 0 {
		if _, err := f.ReadAt(last, end-1); err != nil {
			return err
		}
	}
	if last[0] != '\n' {
		b = append([]byte{'\n'}, b...) // a crash has cut off the last line
	}
	if _, err = f.Write(b); err == nil {
		err = f.Sync()
	}
	if err != nil {
		return errors.Join(err, f.Truncate(end))
	}
	return nil
}

// read calls yield for each batch of marks in the log, and returns how many lines
// there are. Lines that cannot be read are passed over.
func (l *marksLog) read(yield func([]media.Mark) error) (lines int64, err error) {
	f, err := os.Open(l.path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	in := bufio.NewReaderSize(f, maxMark)
	var batch []media.Mark
	for ended := false; !ended; {
		m, ok, err := readMark(in)
		if ended = errors.Is(err, io.EOF); err != nil && !ended {
			return lines, fmt.Errorf("read log of marks: %w", err)
		}
		if ok {
			lines++
			batch = append(batch, m)
		}
		if len(batch) == marksBatch || ended && len(batch) > 0 {
			if err := yield(batch); err != nil {
				return lines, err
			}
			batch = nil
		}
	}
	return lines, nil
}

// readMark reads the next line, and reports whether it says something. One that is
// too long does not hide those after it.
func readMark(in *bufio.Reader) (m media.Mark, ok bool, err error) {
	raw, err := in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = in.ReadSlice('\n')
		}
		return m, false, err
	}
	var line markLine
	if json.Unmarshal(raw, &line) != nil {
		return m, false, err
	}
	m, bad := line.mark()
	return m, bad == nil, err
}

// openMarks makes the catalogue and the log agree: marks that only the log has are
// stated again, whether the catalogue was lost or is an older copy.
func (s *Store) openMarks(ctx context.Context, begun bool) error {
	s.marks = &marksLog{path: filepath.Join(s.cfg.State, marksName)}
	var last media.Mark
	lines, err := s.marks.read(func(batch []media.Mark) error {
		last = batch[len(batch)-1]
		return ctx.Err()
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		if ctx.Err() == nil { // what it has is not lost by starting without it
			s.log.Error("the log of what was said on this device cannot be read", "err", err)
		}
		return ctx.Err()
	}
	stated := lines == 0
	if lines > 0 && !begun {
		if stated, err = s.cat.States(ctx, last); err != nil {
			return err
		}
	}
	if !stated {
		s.log.Info("marks are taken from their log", "lines", lines)
		if _, err := s.marks.read(func(batch []media.Mark) error { return s.cat.RestoreMarks(ctx, batch) }); err != nil {
			return err
		}
	}
	n, err := s.cat.CountOwnMarks(ctx)
	if err != nil || n <= lines && lines <= 2*n+marksSlack {
		return err
	}
	return s.rewriteMarks(ctx)
}

// rewriteMarks writes the log anew with what the catalogue has.
func (s *Store) rewriteMarks(ctx context.Context) error {
	s.marks.mu.Lock()
	defer s.marks.mu.Unlock()
	f, err := os.CreateTemp(s.cfg.State, "."+marksName+"-*")
	if err != nil {
		return fmt.Errorf("write log of marks: %w", err)
	}
	defer os.Remove(f.Name()) // nothing is left there once it is renamed
	passed := s.cat.PassedOn()
	w := bufio.NewWriter(f)
	err = s.writeMarks(ctx, json.NewEncoder(w))
	if err = errors.Join(err, w.Flush()); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), s.marks.path)
	}
	if err == nil {
		err = syncDirectory(s.cfg.State)
	}
	if err != nil {
		return fmt.Errorf("write log of marks: %w", err)
	}
	s.marks.seen = passed
	return nil
}

func (s *Store) writeMarks(ctx context.Context, enc *json.Encoder) error {
	for after := int64(0); ; {
		page, last, err := s.cat.OwnMarks(ctx, after, marksBatch)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, m := range page {
			if err := enc.Encode(lineOfMark(m)); err != nil {
				return err
			}
		}
		after = last
	}
}

// keepPassedOn has the log follow when marks of devices that left were taken over.
func (s *Store) keepPassedOn(ctx context.Context) error {
	s.marks.mu.Lock()
	behind := s.marks.seen != s.cat.PassedOn()
	s.marks.mu.Unlock()
	if !behind {
		return nil
	}
	return s.rewriteMarks(ctx)
}
