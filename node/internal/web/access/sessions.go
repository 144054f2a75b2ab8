package access

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// How long sessions last, and how many there are.
const (
	idleFor     = 30 * 24 * time.Hour  // without being seen
	lastsFor    = 365 * 24 * time.Hour // in all
	freshFor    = 15 * time.Minute
	noteSeen    = time.Hour // how exactly it is kept when a session was seen
	maxSessions = 200       // more end the one that was seen longest ago
	maxLabel    = 200       // bytes
)

// Ways of signing in.
const (
	ByPassword = "password"
	ByLink     = "link"
	BySetUp    = "set-up"
)

// Session is a browser that may use the page.
type Session struct {
	ID    string     `json:"id"`
	By    string     `json:"by"`
	Label string     `json:"label"` // what the browser says it is; untrusted
	From  netip.Addr `json:"from"`  // where it was seen last
	Began time.Time  `json:"began"`
	Seen  time.Time  `json:"seen"`
}

// session is what is kept of one.
type session struct {
	Session
	Hash string `json:"hash"` // SHA-256 of its secret, hex

	noted time.Time // when Seen was last made durable, in this process
}

func (s session) ended(now time.Time) bool {
	return now.Sub(s.Seen) > idleFor || now.Sub(s.Began) > lastsFor
}

// Begin begins a session and returns it with the secret that the browser keeps.
// An earlier session of the same browser ends, so that nobody can choose the
// secret of another's session.
func (k *Keeper) Begin(by, label string, from netip.Addr, earlier string) (secret string, _ Session, err error) {
	now := k.cfg.Now().UTC().Truncate(time.Second)
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails
	secret = base64.RawURLEncoding.EncodeToString(random[:])
	if len(label) > maxLabel {
		label = label[:maxLabel]
	}
	s := session{
		Session: Session{ID: randomHex(8), By: by, Label: strings.ToValidUTF8(label, ""), From: from.Unmap(), Began: now, Seen: now},
		Hash:    hashOf(secret), noted: now,
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	next := k.kept.clone()
	next.Sessions = slices.DeleteFunc(next.Sessions, func(s session) bool { return s.ended(now) || earlier != "" && s.Hash == hashOf(earlier) })
	if len(next.Sessions) >= maxSessions {
		slices.SortFunc(next.Sessions, func(a, b session) int { return b.Seen.Compare(a.Seen) })
		next.Sessions = next.Sessions[:maxSessions-1]
	}
	next.Sessions = append(next.Sessions, s)
	return secret, s.Session, k.keepLocked(next)
}

// Session returns the session of a secret, and notes that it was seen.
func (k *Keeper) Session(secret string, from netip.Addr) (Session, bool) {
	if secret == "" {
		return Session{}, false
	}
	hash, now := hashOf(secret), k.cfg.Now().UTC().Truncate(time.Second)
	k.mu.Lock()
	defer k.mu.Unlock()
	// Finding it by its hash tells nobody anything: who chooses what is hashed cannot choose the hash.
	i := slices.IndexFunc(k.kept.Sessions, func(s session) bool { return s.Hash == hash })
	if i < 0 || k.kept.Sessions[i].ended(now) {
		return Session{}, false
	}
	seen := &k.kept.Sessions[i]
	seen.Seen, seen.From = now, from.Unmap()
	if now.Sub(seen.noted) >= noteSeen {
		seen.noted = now
		if err := writeRecord(k.cfg.File, k.kept); err != nil {
			k.cfg.Log.Error("it cannot be kept when a browser was seen", "error", err)
		}
	}
	return seen.Session, true
}

// Lasts reports whether a session has not ended; it is not seen by it.
func (k *Keeper) Lasts(id string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.ContainsFunc(k.kept.Sessions, func(s session) bool { return s.ID == id && !s.ended(k.cfg.Now()) })
}

// Sessions returns those that have not ended, the one that was seen last first.
func (k *Keeper) Sessions() []Session {
	k.mu.Lock()
	defer k.mu.Unlock()
	var list []Session
	for _, s := range k.kept.Sessions {
		if !s.ended(k.cfg.Now()) {
			list = append(list, s.Session)
		}
	}
	slices.SortFunc(list, func(a, b Session) int { return cmp.Or(b.Seen.Compare(a.Seen), b.Began.Compare(a.Began)) })
	return list
}

// End ends the session of an ID and reports whether there was one.
func (k *Keeper) End(id string) (bool, error) {
	return k.endIf(func(s session) bool { return s.ID == id })
}

// EndOthers ends all sessions but one.
func (k *Keeper) EndOthers(id string) error {
	_, err := k.endIf(func(s session) bool { return s.ID != id })
	return err
}

func (k *Keeper) endIf(ends func(session) bool) (bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !slices.ContainsFunc(k.kept.Sessions, ends) {
		return false, nil
	}
	next := k.kept.clone()
	next.Sessions = slices.DeleteFunc(next.Sessions, ends)
	return true, k.keepLocked(next)
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
