package access

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"strings"
	"time"
)

// How long a one-time link can be used, and how many there may be.
const (
	linkFor  = 10 * time.Minute
	maxLinks = 32 // more end the oldest
)

// links are one-time links that nobody has used: the hash of each, and its end.
type links []link

type link struct {
	hash string
	ends time.Time
}

// Link makes a token that signs in once.
func (k *Keeper) Link() (token string, ends time.Time) {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails
	token = base64.RawURLEncoding.EncodeToString(random[:])
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.cfg.Now()
	k.dropEndedLocked(now)
	if len(k.links) >= maxLinks {
		k.links = k.links[1:]
	}
	ends = now.Add(linkFor)
	k.links = append(k.links, link{hashOf(token), ends})
	return token, ends
}

// Redeem uses a token up and reports whether it could be used.
func (k *Keeper) Redeem(token string) bool {
	hash := hashOf(token)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.dropEndedLocked(k.cfg.Now())
	for i, l := range k.links {
		if l.hash == hash {
			k.links = append(k.links[:i:i], k.links[i+1:]...)
			return true
		}
	}
	return false
}

func (k *Keeper) dropEndedLocked(now time.Time) {
	var left links
	for _, l := range k.links {
		if now.Before(l.ends) {
			left = append(left, l)
		}
	}
	k.links = left
}

// crockford are the digits of a set-up token: none looks like another.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// newSetupToken returns 60 bits that a person can type.
func newSetupToken() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails
	var text strings.Builder
	for i, c := range b {
		if i > 0 && i%4 == 0 {
			text.WriteByte('-')
		}
		text.WriteByte(crockford[c%32])
	}
	return text.String()
}

// misread are letters that people take for digits.
var misread = strings.NewReplacer("O", "0", "I", "1", "L", "1", "-", "", " ", "")

// sameToken compares what was typed, however it is written; no token is like "".
func sameToken(typed, token string) bool {
	typed, token = misread.Replace(strings.ToUpper(typed)), misread.Replace(token)
	return token != "" && subtle.ConstantTimeCompare([]byte(typed), []byte(token)) == 1
}
