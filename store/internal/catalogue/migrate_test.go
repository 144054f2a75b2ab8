package catalogue

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"homeroll/store/media"
)

// dumps are databases as released programs wrote them, one of each version
// before this one.
func dumps(t *testing.T) map[int]string {
	t.Helper()
	all := map[int]string{}
	for v := 1; v < version; v++ {
		name := fmt.Sprintf("testdata/v%d.sql", v)
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatalf("every version that was released has a dump here: %v", err)
		}
		all[v] = string(text)
	}
	return all
}

// restore makes the database of a dump, not opened by this version yet.
func restore(t *testing.T, v int, dump string) *place {
	t.Helper()
	_, rest, ok := strings.Cut(dump, "-- seed ")
	seed, err := hex.DecodeString(rest[:2*ed25519.SeedSize])
	if !ok || err != nil {
		t.Fatalf("no seed in the dump: %v", err)
	}
	p := &place{key: key{ed25519.NewKeyFromSeed(seed)}, path: filepath.Join(t.TempDir(), "catalogue.db")}
	w := rawWriter(t, p)
	if _, err := w.conn.ExecContext(t.Context(), dump); err != nil {
		t.Fatal(err)
	}
	if err := setVersion(t.Context(), w, v); err != nil {
		t.Fatal(err)
	}
	return p
}

func rawWriter(t *testing.T, p *place) *writer {
	t.Helper()
	w, err := openWriter(t.Context(), p.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.close() })
	return w
}

func (p *place) openIn(t *testing.T, home media.Home) {
	t.Helper()
	c, err := Open(t.Context(), p.path, p.key, home, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	p.Catalogue = c
	t.Cleanup(func() { _ = c.Close() })
}

// schema returns the statements that made the tables and indexes, without what
// does not matter in them.
func schema(t *testing.T, w *writer) []string {
	t.Helper()
	texts := must(list(t.Context(), w, scanString, `SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL`))(t)
	comment, space, around := regexp.MustCompile(`--[^\n]*`), regexp.MustCompile(`\s+`), regexp.MustCompile(`\s*([(),])\s*`)
	for i, s := range texts {
		s = comment.ReplaceAllString(s, "")
		s = space.ReplaceAllString(s, " ")
		texts[i] = strings.TrimSpace(strings.ReplaceAll(around.ReplaceAllString(s, "$1"), `"`, ""))
	}
	slices.Sort(texts)
	return texts
}

// contents returns every row of every table, and the version.
func contents(t *testing.T, w *writer) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, name := range append(must(list(t.Context(), w, scanString, `SELECT name FROM sqlite_schema WHERE type='table'`))(t), "pragma_user_version") {
		rows := must(w.conn.QueryContext(t.Context(), `SELECT * FROM `+name))(t)
		columns := must(rows.Columns())(t)
		all[name] = []string{}
		for rows.Next() {
			row, to := make([]any, len(columns)), make([]any, len(columns))
			for i := range row {
				to[i] = &row[i]
			}
			if err := rows.Scan(to...); err != nil {
				t.Fatal(err)
			}
			all[name] = append(all[name], fmt.Sprintf("%x", row))
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// manifests returns the home and what is known of each device's manifest.
func manifests(t *testing.T, w *writer) (home media.Home, authors []author) {
	t.Helper()
	copy(home[:], must(list(t.Context(), w, scanBytes, `SELECT home FROM home`))(t)[0])
	return home, must(list(t.Context(), w, scanAuthor, selectAuthors))(t)
}

// A migrated database has the schema of a new one, states the same in the same
// signed manifest, and every count in it is exact, also after more changes.
func TestEveryReleasedVersionMigrates(t *testing.T) {
	fresh := newPlace(t, t.TempDir(), 1)
	defer fresh.Close()
	want := schema(t, fresh.writer)
	for v, dump := range dumps(t) {
		t.Run(fmt.Sprint(v), func(t *testing.T) {
			p := restore(t, v, dump)
			home, before := manifests(t, rawWriter(t, p))
			p.openIn(t, home)
			if got := schema(t, p.writer); !slices.Equal(got, want) {
				t.Fatalf("schema after the migration:\n%s\nof a new database:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			if _, got := manifests(t, p.writer); !reflect.DeepEqual(got, before) {
				t.Errorf("manifests are %+v, were %+v", got, before)
			}
			recount(t, p)
			if files := read(t, p).files; len(files) == 0 {
				t.Error("the dump has no files: it tests nothing")
			}
			fillFiles(t, p, 0, 300)
			recount(t, p)
			reopened := *p
			if err := p.Close(); err != nil {
				t.Fatal(err)
			}
			reopened.openIn(t, home)
			recount(t, &reopened)
		})
	}
}

// What interrupts a migration, after whichever step, leaves the version before.
func TestInterruptedMigrationLeavesTheOldVersion(t *testing.T) {
	crash := errors.New("crash")
	for v, dump := range dumps(t) {
		p := restore(t, v, dump)
		w := rawWriter(t, p)
		rows, tables := contents(t, w), schema(t, w)
		for n := range len(migrations[v-1]) + 1 {
			steps := append(slices.Clone(migrations[v-1][:n]), func(context.Context, *writer) error { return crash })
			if err := inTransaction(t.Context(), w, upgrade(v+1, steps)); !errors.Is(err, crash) {
				t.Fatal(err)
			}
			if !slices.Equal(schema(t, w), tables) || !reflect.DeepEqual(contents(t, w), rows) {
				t.Fatalf("version %d is not what it was after %d steps of its migration", v, n)
			}
		}
		if err := migrate(t.Context(), w, v); err != nil {
			t.Errorf("after the interruptions: %v", err)
		}
	}
}
