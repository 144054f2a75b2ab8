package vault

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"homeroll/store/media"
)

// Line is one line of the names log, from which the catalogue's view of the
// vault can be rebuilt: either a directory that was chosen for a device or one
// of its folders, or a file and whose copy it is. A line is written before the
// file is there, so a file without any line is none of ours.
type Line struct {
	Dir     string         `json:"dir,omitempty"`
	Device  media.Device   `json:"device"`
	Folder  media.FolderID `json:"-"`
	Label   string         `json:"label,omitempty"`
	Path    string         `json:"-"` // in the vault
	Name    string         `json:"-"` // in the folder
	Item    media.Item     `json:"-"`
	MTime   time.Time      `json:"-"`
	Version bool           `json:"version,omitempty"`
	// Noted: the name has no file of its own; the path is that of another one
	// with the same bytes, at that time.
	Noted bool `json:"noted,omitempty"`
}

// lineJSON spells out what JSON would lose: paths need not be UTF-8.
type lineJSON struct {
	lineAlias
	Folder string     `json:"folder,omitempty"`
	Path   rawString  `json:"path,omitempty"`
	Name   rawString  `json:"name,omitempty"`
	Hash   string     `json:"hash,omitempty"`
	Size   int64      `json:"size,omitempty"`
	MTime  *time.Time `json:"mtime,omitempty"`
}

type lineAlias Line

const base64Prefix = "base64:"

// rawString is a JSON string that keeps bytes which are no UTF-8.
type rawString string

func (s rawString) MarshalJSON() ([]byte, error) {
	if !utf8.ValidString(string(s)) || strings.HasPrefix(string(s), base64Prefix) {
		return json.Marshal(base64Prefix + base64.StdEncoding.EncodeToString([]byte(s)))
	}
	return json.Marshal(string(s))
}

func (s *rawString) UnmarshalJSON(b []byte) error {
	var plain string
	if err := json.Unmarshal(b, &plain); err != nil {
		return err
	}
	if coded, ok := strings.CutPrefix(plain, base64Prefix); ok {
		raw, err := base64.StdEncoding.DecodeString(coded)
		*s = rawString(raw)
		return err
	}
	*s = rawString(plain)
	return nil
}

// MarshalJSON writes the line as docs/ondisk.md has it.
func (l Line) MarshalJSON() ([]byte, error) {
	j := lineJSON{lineAlias: lineAlias(l), Path: rawString(l.Path), Name: rawString(l.Name), Size: l.Item.Size}
	if l.Folder != (media.FolderID{}) {
		j.Folder = l.Folder.String()
	}
	if !l.Item.ID.IsZero() {
		j.Hash, j.MTime = l.Item.ID.String(), &l.MTime
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (l *Line) UnmarshalJSON(b []byte) error {
	var j lineJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*l = Line(j.lineAlias)
	l.Path, l.Name, l.Item.Size = string(j.Path), string(j.Name), j.Size
	if j.MTime != nil {
		l.MTime = *j.MTime
	}
	if j.Folder != "" {
		raw, err := hex.DecodeString(j.Folder)
		if err != nil || copy(l.Folder[:], raw) != len(l.Folder) {
			return fmt.Errorf("bad folder %q", j.Folder)
		}
	}
	if j.Hash != "" {
		id, err := media.ParseID(j.Hash)
		l.Item.ID = id
		return err
	}
	return nil
}

// namesLog appends to the log; one at a time.
type namesLog struct {
	mu   sync.Mutex
	f    *os.File
	size int64 // that it has at least
	torn bool  // what was written last may lack its end
}

// openNames ends a line that a crash cut short, so that the next one is whole.
func openNames(root *os.Root) (*namesLog, error) {
	f, err := root.OpenFile(namesFile, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return nil, fmt.Errorf("open names log: %w", err)
	}
	end, err := f.Seek(0, io.SeekEnd)
	last := make([]byte, 1)
	if err == nil && end > 0 {
		if _, err = f.ReadAt(last, end-1); err == nil && last[0] != '\n' {
			_, err = f.Write([]byte("\n"))
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open names log: %w", err), f.Close())
	}
	return &namesLog{f: f, size: end}, nil
}

func (n *namesLog) close() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.f.Close()
}

// Log appends lines to the names log and makes them durable.
func (v *Vault) Log(lines ...Line) error {
	if len(lines) == 0 {
		return nil
	}
	var b []byte
	for _, l := range lines {
		line, err := l.MarshalJSON()
		if err != nil {
			return fmt.Errorf("write names log: %w", err)
		}
		b = append(append(b, line...), '\n')
	}
	v.names.mu.Lock()
	defer v.names.mu.Unlock()
	if v.names.torn {
		b = append([]byte("\n"), b...) // else the first of them would be part of what is there
	}
	if _, err := v.names.f.Write(b); err != nil {
		v.names.torn = true
		return noSpace(fmt.Errorf("write names log: %w", err))
	}
	v.names.torn = false
	if err := v.names.f.Sync(); err != nil {
		return noSpace(fmt.Errorf("sync names log: %w", err))
	}
	v.names.size += int64(len(b))
	return nil
}

// Names calls yield for each line of the log, oldest first, until it returns an
// error. Lines that cannot be read are passed over.
func (v *Vault) Names(yield func(Line) error) error {
	return readNames(v.root, func(_ []byte, l *Line) error {
		if l == nil {
			return nil
		}
		return yield(*l)
	})
}

// maxLine bounds, in bytes, a line that is read: two paths of media.MaxPath in
// base64, and the rest.
const maxLine = 64 << 10

// readLine returns the next line, none of one that is too long: what a disk made
// of the log in one place must not hide the lines after it.
func readLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = in.ReadSlice('\n')
	}
	return nil, err
}

// latestBytes is how much of the end of the log LatestNames reads.
const latestBytes = 4 << 20

// LatestNames returns up to n of the last lines, oldest first.
func (v *Vault) LatestNames(n int) ([]Line, error) {
	f, err := v.root.Open(namesFile)
	if err != nil {
		return nil, fmt.Errorf("read names log: %w", err)
	}
	defer func() { _ = f.Close() }()
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("read names log: %w", err)
	}
	from := max(0, end-latestBytes)
	b := make([]byte, end-from)
	if _, err := f.ReadAt(b, from); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read names log: %w", err)
	}
	var lines []Line
	for raw := range bytes.SplitSeq(b, []byte("\n")) {
		var l Line
		if json.Unmarshal(raw, &l) == nil { // the first may be cut
			lines = append(lines, l)
		}
	}
	return lines[max(0, len(lines)-n):], nil
}

func randomName() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
