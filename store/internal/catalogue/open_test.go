package catalogue

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"testing"

	"homeroll/store/media"
)

func reopenError(p *place, k key, home media.Home) error {
	c, err := Open(context.Background(), p.path, k, home, slog.New(slog.DiscardHandler))
	if err == nil {
		err = c.Close()
	}
	return err
}

// filled returns a closed place with enough rows for inner nodes.
func filled(t *testing.T) *place {
	p := newPlace(t, t.TempDir(), 1)
	fillFiles(t, p, 0, 600)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	return p
}

func fillFiles(t *testing.T, p *place, from, n int) {
	t.Helper()
	ctx := context.Background()
	if err := p.PutFolder(ctx, testFolder(0), "/pictures"); err != nil {
		t.Fatal(err)
	}
	if err := p.ChangeFiles(ctx, benchFiles(from, n)); err != nil {
		t.Fatal(err)
	}
}

func TestDamagedDatabaseIsReported(t *testing.T) {
	damage := map[string]func([]byte) []byte{
		"garbage":                     func(b []byte) []byte { return []byte("this is not a database, but a letter to a friend who left") },
		"truncated":                   func(b []byte) []byte { return b[:len(b)/2] },
		"zeroed middle":               func(b []byte) []byte { clear(b[len(b)/3 : 2*len(b)/3]); return b },
		"schema flipped":              func(b []byte) []byte { clear(b[100:4096]); return b },
		"of a build between releases": func(b []byte) []byte { b[68]++; return b }, // application_id
	}
	for name, do := range damage {
		t.Run(name, func(t *testing.T) {
			p := filled(t)
			b, err := os.ReadFile(p.path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(p.path, do(b), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := reopenError(p, p.key, testHome); !errors.Is(err, ErrCorrupt) {
				t.Errorf("opened with %v", err)
			}
		})
	}
}

func TestDatabaseOfAnotherDeviceOrVersionIsRefused(t *testing.T) {
	p := filled(t)
	if err := reopenError(p, newKey(9), testHome); !errors.Is(err, ErrCorrupt) {
		t.Errorf("another device's: %v", err)
	}
	if err := reopenError(p, p.key, testHome); err != nil {
		t.Errorf("refusing has broken it: %v", err)
	}
	w, err := openWriter(context.Background(), p.path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.conn.ExecContext(context.Background(), "PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	if err := reopenError(p, p.key, testHome); !errors.Is(err, ErrNewer) || errors.Is(err, ErrCorrupt) {
		t.Errorf("a newer version's: %v", err)
	}
}

// A process that dies leaves a log beside the database and no half transaction.
func TestAbandonedTransactionLeavesNothing(t *testing.T) {
	p := newPlace(t, t.TempDir(), 1)
	fillFiles(t, p, 0, 300)
	before := read(t, p)
	crash := errors.New("crash")
	err := p.change(context.Background(), durable, func(w *work) {
		f := newFilesWork(w)
		f.putAll(benchFiles(300, 300).Put)
		f.countFolders()
		w.settle()
		w.retrie(self)
		w.fail(crash)
	})
	if !errors.Is(err, crash) {
		t.Fatal(err)
	}
	recount(t, p)
	p.reopen(t)
	defer p.Close()
	recount(t, p)
	if after := read(t, p); len(after.files) != len(before.files) || after.s.authors[self].root.Seq != before.s.authors[self].root.Seq {
		t.Error("an abandoned transaction has left something")
	}
	fillFiles(t, p, 300, 300)
	recount(t, p)
}
