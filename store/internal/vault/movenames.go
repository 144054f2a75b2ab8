package vault

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
	"slices"
)

// bentFile says which files have another path in a vault than in the one that it
// was copied from, as JSON lines, until the catalogue follows.
const bentFile = stateDir + "/bent"

// Bent is a file that got another path in a move.
type Bent struct{ From, To string }

type bentJSON struct {
	From rawString `json:"from"`
	To   rawString `json:"to"`
}

// strangerJSON is the line of the names log for a file that is none of homeroll's.
// Whoever reads the log for those that are passes it over.
type strangerJSON struct {
	Bent rawString `json:"bent"` // path in the vault
	Was  rawString `json:"was"`  // before it was moved to this filesystem
}

// names reads the names log of the vault that is moved.
func (m *Mover) names(yield func(Line) error) error {
	err := readNames(m.src, func(_ []byte, l *Line) error {
		if l == nil {
			return nil
		}
		return yield(*l)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// readNames calls yield for each line of a names log, and what it says; nil if it
// cannot be read.
func readNames(root *os.Root, yield func(raw []byte, l *Line) error) error {
	f, err := root.Open(namesFile)
	if err != nil {
		return fmt.Errorf("read names log: %w", err)
	}
	defer func() { _ = f.Close() }()
	in := bufio.NewReaderSize(f, maxLine)
	for {
		raw, err := readLine(in)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read names log: %w", err)
		}
		var l Line
		told := &l
		if json.Unmarshal(raw, &l) != nil {
			told = nil
		}
		if err := yield(raw, told); err != nil {
			return err
		}
		if err != nil {
			return nil
		}
	}
}

// copyNames writes the names log of the new place, which is that of the old one
// with the paths of the new one, and what the catalogue is to follow.
func (m *Mover) copyNames(ctx context.Context) error {
	ours := map[string]bool{}
	err := m.writeFile(namesFile, func(add func([]byte)) error {
		err := readNames(m.src, func(raw []byte, l *Line) error {
			if l == nil {
				if raw = bytes.TrimRight(raw, "\n"); len(raw) > 0 {
					add(raw)
				}
				return ctx.Err()
			}
			to, bent := m.plan.files[l.Path]
			if !bent {
				add(bytes.TrimRight(raw, "\n"))
				return ctx.Err()
			}
			if !l.Item.ID.IsZero() {
				ours[l.Path] = true
			}
			l.Path = to
			line, err := l.MarshalJSON()
			add(line)
			return errors.Join(err, ctx.Err())
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return m.addStrangers(ours, add)
	})
	if err != nil {
		return err
	}
	return m.writeFile(bentFile, func(add func([]byte)) error {
		for rel, to := range m.plan.files {
			line, err := json.Marshal(bentJSON{rawString(rel), rawString(to)})
			if err != nil {
				return err
			}
			add(line)
		}
		return nil
	})
}

// addStrangers says what the files that no line tells of were called.
func (m *Mover) addStrangers(ours map[string]bool, add func([]byte)) error {
	var all []string
	for rel := range m.plan.files {
		if !ours[rel] {
			all = append(all, rel)
		}
	}
	slices.Sort(all)
	for _, rel := range all {
		line, err := json.Marshal(strangerJSON{Bent: rawString(m.plan.files[rel]), Was: rawString(rel)})
		if err != nil {
			return err
		}
		add(line)
	}
	return nil
}

// writeFile writes a file of lines, whole or not at all; none if there are none.
func (m *Mover) writeFile(name string, write func(add func(line []byte)) error) error {
	f, err := m.dst.OpenFile(movingTemp, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return refused(name, err)
	}
	w, lines := bufio.NewWriterSize(f, 1<<20), 0
	err = write(func(line []byte) {
		lines++
		_, _ = w.Write(append(line, '\n')) // Flush tells
	})
	if err = errors.Join(err, w.Flush()); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return refused(name, err)
	}
	if err := m.dst.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return refused(name, err)
	}
	if lines == 0 {
		return refused(name, m.dst.Remove(movingTemp))
	}
	return refused(name, m.dst.Rename(movingTemp, name))
}

// BentFiles returns what the catalogue is yet to follow after a move.
func (v *Vault) BentFiles() ([]Bent, error) {
	f, err := v.root.Open(bentFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read moved names: %w", err)
	}
	defer func() { _ = f.Close() }()
	var all []Bent
	for in := bufio.NewReaderSize(f, maxLine); ; {
		line, err := readLine(in)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("read moved names: %w", err)
		}
		var b bentJSON
		if json.Unmarshal(line, &b) == nil && b.From != "" && b.To != "" {
			all = append(all, Bent{string(b.From), string(b.To)})
		}
		if err != nil {
			return all, nil
		}
	}
}

// ForgetBent is for a catalogue that has followed.
func (v *Vault) ForgetBent() error {
	if err := v.root.Remove(bentFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forget moved names: %w", err)
	}
	return nil
}

// unholdable reports whether the new filesystem cannot hold a name, going by what
// it answered and, where that is no more than a refusal, by trying.
func (m *Mover) unholdable(to string, err error) bool { return unholdable(m.dst, to, err) }
