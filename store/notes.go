package store

import (
	"context"

	"homeroll/store/internal/catalogue"
)

// The reasons of notes: the file is backed up, but cannot be shown, or not all of it.
const (
	ReasonTooLarge = "too-large"      // decoding it would cost too much
	ReasonBroken   = "broken-picture" // it does not decode, or not to its end
)

var noteReasons = map[catalogue.Note]string{catalogue.NoteLarge: ReasonTooLarge, catalogue.NoteDamaged: ReasonBroken}

// maxNotes bounds the notes that are listed.
const maxNotes = 20000

// Notes returns the items held here that cannot be shown. They are kept with
// what is known of the items, so they survive a restart and go with the items.
func (s *Store) Notes(ctx context.Context) ([]Problem, error) {
	var notes []Problem
	for after := int64(0); len(notes) < maxNotes; {
		page, err := s.cat.Notes(ctx, after, pageSize)
		if err != nil || len(page) == 0 {
			return notes, err
		}
		for _, n := range page {
			p, err := s.noteOf(ctx, n)
			if err != nil {
				return notes, err
			}
			notes = append(notes, p)
			after = n.Row
		}
	}
	return notes, nil
}

// CountNotes counts them.
func (s *Store) CountNotes(ctx context.Context) (int64, error) { return s.cat.CountNotes(ctx) }

func (s *Store) noteOf(ctx context.Context, n catalogue.Noted) (Problem, error) {
	p := Problem{Item: n.Item.ID, Note: true, Reason: noteReasons[n.Note], Since: n.At.UTC(), Attempts: 1}
	switch n.Note {
	case catalogue.NoteLarge:
		p.Detail = "it is backed up, but too large to be shown: decoding it would take too much memory"
		p.Hint = "open it with another program; if it is no picture of yours, delete it"
	default:
		p.Detail = "it is backed up as it is, but its picture is damaged: no more than a part of it can be shown"
		p.Hint = "open it with another program; if that fails, too, look for a better copy of it"
	}
	found, err := s.cat.FilesOf(ctx, n.Item)
	if err != nil {
		return p, err
	}
	for _, f := range found {
		p.Path = s.absOf(f.Folder, f.Path)
		return p, nil
	}
	vault, err := s.cat.VaultFilesOf(ctx, n.Item)
	for _, v := range vault {
		p.Path = s.vault().Abs(v.Path)
		break
	}
	return p, err
}
