package pairing

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// alphabet is Crockford's base32: no I, L, O or U. 32 symbols divide a byte's
// values evenly, so masking a random byte is uniform.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// A code is a public nameplate, by which the window is found, and a secret of
// 30 bits.
const (
	nameplateLen = 2
	secretLen    = 6
)

// Code is a pairing code. The zero Code is none.
type Code struct{ nameplate, secret string }

// NewCode draws a code from crypto/rand, with a nameplate that is not taken by
// another window in sight.
func NewCode(taken ...string) Code {
	for range 1000 {
		if c := (Code{draw(nameplateLen), draw(secretLen)}); !slices.Contains(taken, c.nameplate) {
			return c
		}
	}
	return Code{draw(nameplateLen), draw(secretLen)}
}

func draw(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	for i := range b {
		b[i] = alphabet[b[i]%byte(len(alphabet))]
	}
	return string(b)
}

// ParseCode reads what a person typed: case, blanks and dashes don't matter,
// and O, I and L count as the digits they resemble. The error is [ErrBadCode]
// and says what is wrong.
func ParseCode(s string) (Code, error) {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || r == '_' || r == '−' {
			continue
		}
		c := plain(r)
		if !strings.ContainsRune(alphabet, c) {
			return Code{}, fmt.Errorf("%w: %q is not used in codes, which look like K7-4MP-X2R", ErrBadCode, r)
		}
		if b.Len() == nameplateLen+secretLen {
			return Code{}, fmt.Errorf("%w: it is longer than %d characters", ErrBadCode, nameplateLen+secretLen)
		}
		b.WriteRune(c)
	}
	code := b.String()
	if len(code) < nameplateLen+secretLen {
		return Code{}, fmt.Errorf("%w: it has %d of %d characters", ErrBadCode, len(code), nameplateLen+secretLen)
	}
	return Code{code[:nameplateLen], code[nameplateLen:]}, nil
}

func plain(r rune) rune {
	switch r = unicode.ToUpper(r); r {
	case 'O':
		return '0'
	case 'I', 'L':
		return '1'
	}
	return r
}

// String returns the form "K7-4MP-X2R".
func (c Code) String() string {
	if c == (Code{}) {
		return ""
	}
	return c.nameplate + "-" + c.secret[:3] + "-" + c.secret[3:]
}

// Nameplate returns the public part, two characters for the mDNS TXT record.
func (c Code) Nameplate() string { return c.nameplate }
