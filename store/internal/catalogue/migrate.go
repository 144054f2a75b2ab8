package catalogue

import (
	"context"
	"fmt"
)

// version is the schema's, in user_version. A database of version v becomes
// one of v+1 by the steps migrations[v-1], all in one transaction, and has then
// the schema of a new one: what a step adds to a table comes last in its file,
// too. Text that a later version changes moves from sql/ into the step that
// needs it as it was.
const version = 1 + len(migrations)

var migrations = [...][]step{toVersion2}

// toVersion2 is what the second version adds.
var toVersion2 = []step{packLeaves, addDamage, addTable("noted"), addPictures, addNameless, addNewest, addMarks}

// step is one part of a migration. Its work is bounded by what a database
// holds: it reads no files, and signs nothing.
type step func(ctx context.Context, w *writer) error

// addTable runs the SQL file of a table that is new.
func addTable(name string) step {
	return func(ctx context.Context, w *writer) error { return createTable(ctx, w, name+".sql") }
}

// execute runs statements.
func execute(statements string) step {
	return func(ctx context.Context, w *writer) error {
		_, err := w.conn.ExecContext(ctx, statements)
		return classify(err)
	}
}

// migrate brings a database up to this version, one version at a time. What an
// error interrupts is as it was before that version.
func migrate(ctx context.Context, w *writer, have int) error {
	for v := have; v < version; v++ {
		if err := inTransaction(ctx, w, upgrade(v+1, migrations[v-1])); err != nil {
			return fmt.Errorf("migrate catalogue to version %d: %w", v+1, err)
		}
	}
	return nil
}

func upgrade(to int, steps []step) func(context.Context, *writer) error {
	return func(ctx context.Context, w *writer) error {
		for _, do := range steps {
			if err := do(ctx, w); err != nil {
				return err
			}
		}
		return setVersion(ctx, w, to)
	}
}

func setVersion(ctx context.Context, w *writer, v int) error {
	pragmas := fmt.Sprintf("PRAGMA user_version = %d", v)
	if v == version {
		pragmas += fmt.Sprintf("; PRAGMA application_id = %d", schemaBuild())
	}
	_, err := w.conn.ExecContext(ctx, pragmas)
	return classify(err)
}
