package vault

import (
	"errors"
	"fmt"

	"homeroll/store/internal/disk"
)

// ErrNoSpace reports that the disk, the user's quota or the vault's budget is
// used up.
var ErrNoSpace = errors.New("no space left for the vault")

// noSpace makes an error of a full disk ErrNoSpace, too.
func noSpace(err error) error {
	if err != nil && disk.IsFull(err) && !errors.Is(err, ErrNoSpace) {
		return fmt.Errorf("%w: %w", ErrNoSpace, err)
	}
	return err
}

// Reserve by default: a share of the disk, but not more than this.
const (
	reserveShare = 20 // one part in
	reserveMax   = 10 << 30
)

// Room returns the disk's space and what is to be left free of it: reserve, or
// the default where that is 0.
func (v *Vault) Room(reserve int64) (room disk.Room, keep int64, err error) {
	room, err = disk.RoomOf(v.dir)
	if err != nil {
		return room, 0, err
	}
	return room, Keep(room, reserve), nil
}

// Keep returns what is to be left free of a disk: reserve, or the default where
// that is 0.
func Keep(room disk.Room, reserve int64) int64 {
	if reserve > 0 {
		return reserve
	}
	return min(room.Total/reserveShare, reserveMax)
}
