package catalogue

import (
	"context"
	"slices"
	"time"

	"homeroll/store/media"
)

// Tally counts everything; its cost follows from the number of devices, and of
// different sets of holders, never from that of items.
func (c *Catalogue) Tally(ctx context.Context) (Tally, error) {
	rows, s, err := c.tallyRows(ctx)
	if err != nil {
		return Tally{}, err
	}
	unplaced, err := c.unplaced(ctx, s)
	if err != nil {
		return Tally{}, err
	}
	t := Tally{
		Rows: rows, Unplaced: unplaced, Library: s.counts.library, Vault: s.counts.vaultCount(),
		AsOf: map[media.Device]time.Time{}, Profiles: map[media.Device]media.Profile{},
	}
	for bit, a := range s.authors {
		if bit != self && !a.asOf.IsZero() {
			t.AsOf[a.device] = a.asOf
		}
		p, ok, err := c.profile(ctx, bit)
		if err != nil {
			return Tally{}, err
		}
		if ok {
			t.Profiles[a.device] = p
		}
	}
	return t, nil
}

// unplaced counts what Unplaced returns.
func (c *Catalogue) unplaced(ctx context.Context, s *state) (int64, error) {
	walked := s.walked()
	if s.counts.unplaced == 0 || walked == 1<<len(s.authors)-1 {
		return s.counts.unplaced, nil
	}
	n, _, err := one(ctx, c.readers, scanInt, `SELECT COUNT(*) FROM record WHERE unplaced=1 AND (?>>author)&1=1`, walked)
	return n, err
}

// tallyRows returns the rows and the state that their masks are of. Bits are
// given to other devices only when the home changes.
func (c *Catalogue) tallyRows(ctx context.Context) ([]TallyRow, *state, error) {
	for {
		s := c.state.Load()
		rows, err := list(ctx, c.readers, func(r scanner) (row TallyRow, err error) {
			var mask int64
			err = r.Scan(&mask, &row.Named, &row.Wanted, &row.Items, &row.Bytes)
			row.Holders = s.holders(uint64(mask))
			return row, err
		}, `SELECT holders, named, wanted, items, bytes FROM tally`)
		if err != nil || c.state.Load().home == s.home {
			return rows, s, err
		}
	}
}

func (c *Catalogue) profile(ctx context.Context, bit int) (media.Profile, bool, error) {
	body, ok, err := one(ctx, c.readers, scanBytes, `SELECT body FROM record INDEXED BY record_about WHERE author=? AND kind=4 AND kind IN (3, 4) LIMIT 1`, bit)
	if err != nil || !ok {
		return media.Profile{}, false, err
	}
	v, err := media.Record(body).Decode()
	p, ok := v.(media.Profile)
	return p, ok, err
}

// maxFolders bounds, for one device, the folders whose labels are looked at.
const maxFolders = 4096

// FolderLabel returns what a device calls its folder, "" if it does not say.
func (c *Catalogue) FolderLabel(ctx context.Context, d media.Device, f media.FolderID) (string, error) {
	bit, ok := c.state.Load().bits[d]
	if !ok {
		return "", nil
	}
	all, err := list(ctx, c.readers, scanBytes, `SELECT body FROM record INDEXED BY record_about WHERE author=? AND kind=3 AND kind IN (3, 4) LIMIT ?`, bit, maxFolders)
	for _, body := range all {
		v, err := media.Record(body).Decode()
		if err != nil {
			return "", err
		}
		if folder, ok := v.(media.Folder); ok && folder.ID == f {
			return folder.Label, nil
		}
	}
	return "", err
}

// FolderLabels returns the labels of all folders of active members, each once.
func (c *Catalogue) FolderLabels(ctx context.Context) ([]string, error) {
	var labels []string
	for bit, a := range c.state.Load().authors {
		if !a.active {
			continue
		}
		all, err := list(ctx, c.readers, scanBytes, `SELECT body FROM record INDEXED BY record_about WHERE author=? AND kind=3 AND kind IN (3, 4) LIMIT ?`, bit, maxFolders)
		if err != nil {
			return nil, err
		}
		for _, body := range all {
			v, err := media.Record(body).Decode()
			if err != nil {
				return nil, err
			}
			if folder, ok := v.(media.Folder); ok && !slices.Contains(labels, folder.Label) {
				labels = append(labels, folder.Label)
			}
		}
	}
	return labels, nil
}
