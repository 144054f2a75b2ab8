package store

import (
	"context"
	"time"

	"homeroll/store/media"
)

// Tally is a count of all items.
type Tally struct {
	Rows []TallyRow
	// Unplaced counts names of other devices whose content is held here but not yet under that name in the vault.
	Unplaced int64
	// AsOf is when each other device's manifest was last known complete.
	AsOf map[media.Device]time.Time
	// Profiles are what the devices say of themselves.
	Profiles map[media.Device]media.Profile
	Library  Count // distinct items in this device's folders
	Vault    Count // distinct items verified and durable in the vault
}

// Count is a number of items and their bytes.
type Count struct{ Items, Bytes int64 }

// TallyRow counts the items that exactly these devices hold.
type TallyRow struct {
	Holders []media.Device // whether active or not
	Named   bool           // some device has a file of it in a folder
	Wanted  bool           // this device may fetch it: false if its user let it go and nobody else names it
	Count
}

// Tally counts every item known here by who holds it. It is kept
// up to date with each change, so asking is cheap at any size.
func (s *Store) Tally(ctx context.Context) (Tally, error) {
	t, err := s.cat.Tally(ctx)
	if err != nil {
		return Tally{}, err
	}
	rows := make([]TallyRow, len(t.Rows))
	for i, r := range t.Rows {
		rows[i] = TallyRow{Holders: r.Holders, Named: r.Named, Wanted: r.Wanted, Count: Count(r.Count)}
	}
	return Tally{
		Rows: rows, Unplaced: t.Unplaced, AsOf: t.AsOf, Profiles: t.Profiles,
		Library: Count(t.Library), Vault: Count(t.Vault.Count),
	}, nil
}
