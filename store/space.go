package store

import (
	"context"
	"fmt"
	"math"

	"homeroll/store/media"
)

// Space of the vault.
type Space struct {
	Used    int64 // by vault files
	Budget  int64 // 0 = no limit
	Free    int64 // on its disk; -1 = its filesystem does not say
	Room    int64 // what may still be received, considering budget and reserve
	Reserve int64
}

// Space says what the vault may still take, in bytes. What is being received is
// subtracted from Room already.
func (s *Store) Space() (Space, error) {
	if !s.vaultHere() {
		count, err := s.cat.VaultCount(context.Background())
		return Space{Used: count.Bytes, Budget: s.cfg.Budget, Free: -1}, err // a problem says why
	}
	return s.space()
}

// space is Space while the vault is here.
func (s *Store) space() (Space, error) {
	room, reserve, err := s.vault().Room(s.cfg.Reserve)
	if err != nil {
		return Space{}, err
	}
	unmeasured := room.Total == 0
	count, err := s.cat.VaultCount(context.Background())
	if err != nil {
		return Space{}, err
	}
	sp := Space{Used: count.Bytes, Budget: s.cfg.Budget, Free: room.Free, Reserve: reserve, Room: room.Free - reserve}
	if unmeasured {
		sp.Free, sp.Room = -1, math.MaxInt64 // what does not fit will be refused
	}
	missing, whole := s.incoming.promised()
	sp.Room -= missing
	if sp.Budget > 0 {
		sp.Room = min(sp.Room, sp.Budget-sp.Used-whole)
	}
	sp.Room = max(0, sp.Room)
	return sp, nil
}

// promise takes room for an item that is about to be received.
func (s *Store) promise(it media.Item, missing int64) error {
	s.incoming.promising.Lock()
	defer s.incoming.promising.Unlock()
	sp, err := s.space()
	if err != nil {
		return err
	}
	if missing > sp.Room {
		return fmt.Errorf("%w: it needs %d bytes, there is room for %d", ErrNoSpace, missing, sp.Room)
	}
	s.incoming.set(it.ID, promise{missing: missing, whole: it.Size})
	return nil
}
