package store

import (
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// heard keeps what is logged.
type heard struct {
	mu   sync.Mutex
	text strings.Builder
}

func (h *heard) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(b)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

// What a vault holds that is away is not complained of picture by picture, and
// is read when it is back, not some time later.
func TestIndexingWaitsForTheVault(t *testing.T) {
	n := newNode(t)
	log := &heard{}
	n.cfg.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	n.restart(n.folder)
	n.run().indexed()
	n.index.reading.Lock() // nothing is read before the vault is away
	for _, seed := range []float64{1, 2} {
		if err := receive(t.Context(), n.Store, memoryOf(photo(t, seed))); err != nil {
			n.index.reading.Unlock()
			t.Fatal(err)
		}
	}
	rename(t, n.cfg.Vault, n.cfg.Vault+".away")
	wait(t, "the vault to be given up", func() bool { return n.vault().IsAbsent() })
	n.index.reading.Unlock()
	wait(t, "the attempts", func() bool {
		n.index.wake()
		n.index.reading.Lock()
		defer n.index.reading.Unlock()
		return len(n.index.failed) == 2 && len(n.index.away) == 1
	})
	rename(t, n.cfg.Vault+".away", n.cfg.Vault)
	wait(t, "its pictures", func() bool {
		n.index.wake()
		return n.pendingItems() == 0
	})
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "picture") && !strings.Contains(line, "level=DEBUG") && !strings.Contains(line, filepath.Base(n.folder)) {
			t.Error(line)
		}
	}
	if !strings.Contains(log.String(), "read what a picture says") {
		t.Error("nothing was tried while the vault was away")
	}
}
