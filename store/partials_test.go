package store

import (
	"slices"
	"testing"
	"time"

	"homeroll/store/internal/vault"
	"homeroll/store/media"
)

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
