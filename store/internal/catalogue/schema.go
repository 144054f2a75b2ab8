package catalogue

import (
	"context"
	"embed"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"regexp"
	"strings"
	"sync"
)

//go:embed sql/*.sql
var tables embed.FS

// checkBelow bounds, in bytes, the databases that are checked entirely when
// opened: about a second of reading. Damage in larger ones shows when it is met.
const checkBelow = 128 << 20

// prepareSchema creates or migrates the tables.
func prepareSchema(ctx context.Context, w *writer, path string) error {
	var have int
	if err := w.conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return classify(err)
	}
	if have > version {
		return fmt.Errorf("%w: its version is %d, this program knows %d", ErrNewer, have, version)
	}
	if have == 0 {
		return inTransaction(ctx, w, createTables)
	}
	if err := quickCheck(ctx, w, path); err != nil {
		return err
	}
	if have == version {
		return checkBuild(ctx, w)
	}
	return migrate(ctx, w, have)
}

// checkBuild reports, as ErrCorrupt, a database of this version whose tables are
// not those of this program: one that a build between two releases has made. It
// is built anew, like one that is damaged.
func checkBuild(ctx context.Context, w *writer) error {
	var build int32
	if err := w.conn.QueryRowContext(ctx, "PRAGMA application_id").Scan(&build); err != nil {
		return classify(err)
	}
	if build != schemaBuild() {
		return fmt.Errorf("%w: its tables are those of another build", ErrCorrupt)
	}
	return nil
}

var remark = regexp.MustCompile(`--[^\n]*`)

// schemaBuild is a checksum of the tables' definitions, remarks and white space
// aside. It is application_id in the database.
var schemaBuild = sync.OnceValue(func() int32 {
	files, err := tables.ReadDir("sql")
	if err != nil {
		panic(err) // it is a part of the program
	}
	sum := crc32.NewIEEE()
	for _, f := range files {
		text, err := tables.ReadFile("sql/" + f.Name())
		if err != nil {
			panic(err)
		}
		_, _ = sum.Write([]byte(strings.Join(strings.Fields(remark.ReplaceAllString(string(text), "")), " ")))
	}
	return int32(sum.Sum32() & math.MaxInt32)
})

func createTables(ctx context.Context, w *writer) error {
	files, err := tables.ReadDir("sql")
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := createTable(ctx, w, f.Name()); err != nil {
			return err
		}
	}
	return setVersion(ctx, w, version)
}

func createTable(ctx context.Context, w *writer, file string) error {
	text, err := tables.ReadFile("sql/" + file)
	if err != nil {
		return err
	}
	if _, err := w.conn.ExecContext(ctx, string(text)); err != nil {
		return fmt.Errorf("create table of %s: %w", file, classify(err))
	}
	return nil
}

func quickCheck(ctx context.Context, w *writer, path string) error {
	if fi, err := os.Stat(path); err != nil || fi.Size() > checkBelow {
		return err
	}
	var verdict string
	if err := w.conn.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return classify(err)
	}
	if verdict != "ok" {
		return fmt.Errorf("%w: %s", ErrCorrupt, verdict)
	}
	return nil
}

func inTransaction(ctx context.Context, w *writer, do func(context.Context, *writer) error) error {
	if _, err := w.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return classify(err)
	}
	if err := do(ctx, w); err != nil {
		w.forget()
		_, _ = w.conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		return err
	}
	_, err := w.conn.ExecContext(ctx, "COMMIT")
	if err != nil {
		w.forget()
	}
	return classify(err)
}
