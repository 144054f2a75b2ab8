package store

import (
	"errors"
	"slices"
	"testing"
	"time"

	"homeroll/store/internal/vault"
	"homeroll/store/media"
)

// What has arrived and has no row yet takes its part of the budget, too.
func TestBudgetCountsWhatIsBeingReceived(t *testing.T) {
	n := newNode(t)
	n.close()
	n.cfg.Budget = 10_000
	n.open()
	n.run()
	room := func() int64 {
		sp, err := n.Space()
		if err != nil {
			t.Fatal(err)
		}
		return sp.Room
	}
	one, two := memoryOf(bytesOf("one", 6000)), memoryOf(bytesOf("two", 6000))
	in, err := n.Incoming(t.Context(), one.item)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := in.Write(0, bytesOf("one", 6000)); err != nil {
		t.Fatal(err)
	}
	if got := room(); got != 4000 {
		t.Errorf("room for %d while 6000 of 10000 bytes have arrived", got)
	}
	if err := receive(t.Context(), n.Store, two); !errors.Is(err, ErrNoSpace) {
		t.Errorf("a second item beyond the budget: %v", err)
	}
	if err := in.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := room(); got != 4000 {
		t.Errorf("room for %d after the commit", got)
	}
}

func TestIdlePartialFilesAreBounded(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	file := func(id byte, age time.Duration, bytes int64) vault.PartialFile {
		return vault.PartialFile{ID: media.ID{id}, Bytes: bytes, MTime: now.Add(-age)}
	}
	many := make([]vault.PartialFile, 0, idleFiles+2)
	for i := range idleFiles + 2 {
		many = append(many, vault.PartialFile{ID: media.ID{byte(i >> 8), byte(i)}, Bytes: 1, MTime: now.Add(-time.Duration(i) * time.Second)})
	}
	for _, c := range []struct {
		name string
		idle []vault.PartialFile
		want []media.ID
	}{
		{"all that fits stays", []vault.PartialFile{file(1, time.Hour, 60), file(2, time.Minute, 40)}, nil},
		{"the oldest go first", []vault.PartialFile{file(1, time.Hour, 60), file(2, time.Minute, 41)}, []media.ID{{1}}},
		{"the newest stays, however large", []vault.PartialFile{file(1, time.Minute, 1000), file(2, time.Hour, 1)}, []media.ID{{2}}},
		{"none is kept for ever", []vault.PartialFile{file(1, idleAge+1, 1)}, []media.ID{{1}}},
		{"nor too many", many, []media.ID{many[idleFiles].ID, many[idleFiles+1].ID}},
	} {
		limit := int64(100)
		if len(c.idle) > 10 {
			limit = idleBytes
		}
		if got := tooMuch(c.idle, limit, now); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v go, want %v", c.name, got, c.want)
		}
	}
}
