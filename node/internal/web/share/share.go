// Package share keeps the share links of this device: which pictures each shows,
// until when, and behind which password. A link is a secret that is kept as a hash
// alone.
//
// Start with [Book].
package share

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"homeroll/node/internal/web/access"
	"homeroll/node/internal/web/durable"
	"homeroll/store/media"
)

// Bounds of what is shared.
const (
	Max      = 200  // links
	MaxItems = 5000 // pictures of a selection
	maxTitle = 200  // bytes
	maxFile  = 128 << 20
	version  = 1
)

// What callers branch on.
var (
	ErrNone    = errors.New("there is no such share")
	ErrTooMany = fmt.Errorf("there are %d share links already", Max)
	ErrItems   = fmt.Errorf("a share has from 1 to %d pictures, or an album", MaxItems)
)

// Share is one link.
type Share struct {
	ID       string         `json:"id"` // public
	Title    string         `json:"title"`
	Album    string         `json:"album,omitempty"` // what it shows: an album as it is then,
	Items    []media.ID     `json:"items,omitempty"` // or these pictures
	Made     time.Time      `json:"made"`
	Expires  *time.Time     `json:"expires"` // null = never
	Password *access.Sealed `json:"password,omitempty"`
	Hash     string         `json:"hash"` // SHA-256 of the secret, hex
	Key      []byte         `json:"key"`  // of the passes of guests who gave the password
	Opened   *time.Time     `json:"opened"`
}

// Ended reports whether it has expired.
func (s *Share) Ended(now time.Time) bool { return s.Expires != nil && !now.Before(*s.Expires) }

// Book keeps shares in a file. Its methods may be called concurrently. Shares that
// it returns are not to be changed.
type Book struct {
	file string
	now  func() time.Time

	mu  sync.Mutex
	all []*Share // the latest first
}

type record struct {
	Version int      `json:"version"`
	Shares  []*Share `json:"shares"`
}

// Open reads what an earlier Book kept. A damaged file is set aside: no link of it
// works any more.
func Open(file string, now func() time.Time, log *slog.Logger) (*Book, error) {
	if now == nil {
		now = time.Now
	}
	b := &Book{file: file, now: now}
	all, err := read(file)
	if errors.Is(err, errDamaged) {
		log.Error("share links do not work any more", "error", err)
		if err := os.Rename(file, file+".damaged"); err != nil {
			return nil, fmt.Errorf("set damaged file aside: %w", err)
		}
		return b, nil
	}
	b.all = all
	return b, err
}

var errDamaged = errors.New("it is damaged")

func read(file string) ([]*Share, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read shares: %w", err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return nil, fmt.Errorf("read shares: %w", err)
	}
	var r record
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("read shares: %s: %w: %w", file, errDamaged, err)
	}
	if r.Version != version {
		return nil, fmt.Errorf("read shares: %s is of version %d, which this homeroll does not read", file, r.Version)
	}
	for _, s := range r.Shares {
		if s == nil || len(s.Hash) != 2*sha256.Size || len(s.Key) < 16 || s.Password != nil && s.Password.Check() != nil {
			return nil, fmt.Errorf("read shares: %s: %w", file, errDamaged)
		}
	}
	return r.Shares, nil
}

func (b *Book) keepLocked(next []*Share) error {
	data, err := json.Marshal(record{version, next})
	if err != nil {
		return fmt.Errorf("keep shares: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(b.file), 0o700); err != nil {
		return fmt.Errorf("keep shares: %w", err)
	}
	if err := durable.Write(b.file, append(data, '\n')); err != nil {
		return fmt.Errorf("keep shares: %w", err)
	}
	b.all = next
	return nil
}

// Add makes a link to what a share names, for so long (0 = until it is ended), and
// returns it with its secret, which nobody can tell again.
func (b *Book) Add(s Share, lasts time.Duration) (*Share, string, error) {
	if s.Album == "" && (len(s.Items) == 0 || len(s.Items) > MaxItems) || s.Album != "" && len(s.Items) > 0 {
		return nil, "", ErrItems
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now().UTC().Truncate(time.Second)
	left := slices.DeleteFunc(slices.Clone(b.all), func(o *Share) bool { return o.Ended(now) })
	if len(left) >= Max {
		return nil, "", ErrTooMany
	}
	secret := random(20)
	s.ID, s.Made, s.Hash, s.Key, s.Opened = random(8), now, hashOf(secret), []byte(random(32)), nil
	s.Title = cut(strings.Join(strings.Fields(strings.ToValidUTF8(s.Title, "")), " "))
	if s.Expires = nil; lasts > 0 {
		till := now.Add(lasts)
		s.Expires = &till
	}
	return &s, secret, b.keepLocked(slices.Insert(left, 0, &s))
}

func cut(s string) string {
	for len(s) > maxTitle {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s
}

// Find returns the share of a secret. One that has expired, or was ended, is as one
// that never was.
func (b *Book) Find(secret string) (*Share, bool) {
	hash, now := hashOf(secret), b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	// Who chooses the secret cannot choose its hash, so finding it takes no care of time.
	for i, s := range b.all {
		if s.Hash != hash || s.Ended(now) {
			continue
		}
		return b.openedLocked(i, now), true
	}
	return nil, false
}

// noteOpened is how exactly it is kept when a share was used.
const noteOpened = time.Hour

func (b *Book) openedLocked(i int, now time.Time) *Share {
	s := b.all[i]
	if s.Opened != nil && now.Sub(*s.Opened) < noteOpened {
		return s
	}
	at, seen := now.UTC().Truncate(time.Second), *s
	seen.Opened = &at
	next := slices.Clone(b.all)
	next[i] = &seen
	if b.keepLocked(next) != nil {
		return s // it is only not noted
	}
	return &seen
}

// List returns those that have not expired, the latest first.
func (b *Book) List() []*Share {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	return slices.DeleteFunc(slices.Clone(b.all), func(s *Share) bool { return s.Ended(now) })
}

// End ends a share, ErrNone if there is none.
func (b *Book) End(id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := slices.DeleteFunc(slices.Clone(b.all), func(s *Share) bool { return s.ID == id })
	if len(next) == len(b.all) {
		return ErrNone
	}
	return b.keepLocked(next)
}

// passFor is how long a guest who gave the password need not give it again.
const passFor = 24 * time.Hour

// Pass returns what a guest who gave the password shows from then on.
func (b *Book) Pass(s *Share) (pass string, lasts time.Duration) {
	till := strconv.FormatInt(b.now().Add(passFor).Unix(), 10)
	return till + "." + s.seal(till), passFor
}

// Passes reports whether a guest may see the share: with a pass, if it has a
// password.
func (b *Book) Passes(s *Share, pass string) bool {
	if s.Password == nil {
		return true
	}
	till, seal, ok := strings.Cut(pass, ".")
	at, err := strconv.ParseInt(till, 10, 64)
	return ok && err == nil && b.now().Unix() < at && hmac.Equal([]byte(seal), []byte(s.seal(till)))
}

func (s *Share) seal(till string) string {
	mac := hmac.New(sha256.New, s.Key)
	mac.Write([]byte(s.ID + "|" + till))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func random(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}
