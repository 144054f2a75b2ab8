package catalogue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"sync"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Page caches, in KiB, and the pages of the log that are written before it is
// folded in. A batch of files touches a page of the tries for each record or
// two, and the next batch the same ones: a longer log folds them in once.
const (
	writerCache = 32 << 10
	readerCache = 4 << 10
	readers     = 3
	logPages    = 32000
)

// preparer hands out prepared statements: of the readers, or of the writer
// within its transaction.
type preparer interface {
	prepare(ctx context.Context, query string) (*sql.Stmt, error)
	// classify adds ErrCorrupt to an error that says so in SQLite's words, and
	// remembers it.
	classify(err error) error
}

// pool is the readers' connections.
type pool struct {
	alarm *alarm
	db    *sql.DB
	mu    sync.Mutex
	stmts map[string]*sql.Stmt // guarded by mu
}

// writer is the only connection that writes.
type writer struct {
	alarm *alarm
	db    *sql.DB
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
	nodes nodeCache // of what this connection reads
	items itemCache
	last  *durability // of the last transaction, nil if not known
}

func openPool(path string) (*pool, error) {
	db, err := openDB(path, readers, fmt.Sprintf("cache_size(-%d)", readerCache), "query_only(1)")
	return &pool{db: db, stmts: map[string]*sql.Stmt{}}, err
}

func openWriter(ctx context.Context, path string) (*writer, error) {
	db, err := openDB(path, 1,
		fmt.Sprintf("cache_size(-%d)", writerCache), "journal_mode(WAL)", "synchronous(FULL)",
		fmt.Sprintf("wal_autocheckpoint(%d)", logPages), "journal_size_limit(67108864)")
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(classify(err), db.Close())
	}
	return &writer{db: db, conn: conn, stmts: map[string]*sql.Stmt{}}, nil
}

func openDB(path string, conns int, pragmas ...string) (*sql.DB, error) {
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // a Windows drive
	}
	q := url.Values{"_pragma": append([]string{"busy_timeout(10000)", "temp_store(2)"}, pragmas...)}
	u := url.URL{Scheme: "file", OmitHost: true, Path: slashed, RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, fmt.Errorf("open catalogue: %w", err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

func (p *pool) classify(err error) error   { return p.alarm.heed(classify(err)) }
func (w *writer) classify(err error) error { return w.alarm.heed(classify(err)) }

func (p *pool) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.stmts[query]; s != nil {
		return s, nil
	}
	s, err := p.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, p.classify(err)
	}
	p.stmts[query] = s
	return s, nil
}

func (p *pool) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.stmts {
		_ = s.Close()
	}
	return p.db.Close()
}

func (w *writer) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if s := w.stmts[query]; s != nil {
		return s, nil
	}
	s, err := w.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, w.classify(err)
	}
	w.stmts[query] = s
	return s, nil
}

// forget forgets what tables are remembered to have.
func (w *writer) forget() {
	w.nodes.clear()
	w.items.clear()
}

func (w *writer) close() error {
	for _, s := range w.stmts {
		_ = s.Close()
	}
	return errors.Join(w.conn.Close(), w.db.Close())
}

// classify adds ErrCorrupt or ErrNoRoom to an error that says so in SQLite's words.
func classify(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w: %w", ErrNoRoom, err)
	}
	return err
}

// list runs a query and returns what scan makes of each row.
func list[T any](ctx context.Context, p preparer, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	stmt, err := p.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return nil, p.classify(err)
	}
	defer func() { _ = rows.Close() }()
	var all []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, p.classify(err)
		}
		all = append(all, v)
	}
	return all, p.classify(rows.Err())
}

// few is list for rows that an index finds at once: it looks at ctx before, not
// between, which would cost two goroutines.
func few[T any](ctx context.Context, p preparer, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return list(context.WithoutCancel(ctx), p, scan, query, args...)
}

// one is few for at most one row, and reports whether there was one.
func one[T any](ctx context.Context, p preparer, scan func(scanner) (T, error), query string, args ...any) (v T, ok bool, err error) {
	all, err := few(ctx, p, scan, query, args...)
	if err != nil || len(all) == 0 {
		return v, false, err
	}
	return all[0], true, nil
}

// scanner is a row: *sql.Rows.
type scanner interface{ Scan(dest ...any) error }

func scanInt(s scanner) (n int64, err error) {
	err = s.Scan(&n)
	return n, err
}

func scanBytes(s scanner) (b []byte, err error) {
	err = s.Scan(&b)
	return b, err
}

func scanString(s scanner) (text string, err error) {
	err = s.Scan(&text)
	return text, err
}
