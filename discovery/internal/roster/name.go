package roster

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// ValidName reports, as [ErrBadName], a friendly name that no device may have:
// one that is empty, longer than [MaxName] characters, or that would show as
// something else than it is (control characters, line breaks, overrides of the
// writing direction, blanks at an end).
func ValidName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("%w: it is empty", ErrBadName)
	case !utf8.ValidString(name):
		return fmt.Errorf("%w: not UTF-8", ErrBadName)
	case utf8.RuneCountInString(name) > MaxName:
		return fmt.Errorf("%w: longer than %d characters", ErrBadName, MaxName)
	case strings.TrimSpace(name) != name:
		return fmt.Errorf("%w: it begins or ends with a blank", ErrBadName)
	}
	if i := strings.IndexFunc(name, misleading); i >= 0 {
		r, _ := utf8.DecodeRuneInString(name[i:])
		return fmt.Errorf("%w: it contains %U", ErrBadName, r)
	}
	return nil
}

func misleading(r rune) bool {
	switch {
	case unicode.IsControl(r), unicode.In(r, unicode.Zl, unicode.Zp, unicode.Noncharacter_Code_Point):
		return true
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069: // bidirectional embeddings, overrides, isolates
		return true
	case r == 0xfeff, r == 0x200b: // invisible, and no script needs them
		return true
	}
	return false
}

// sameName reports names that people cannot tell apart by typing them.
func sameName(a, b string) bool {
	return strings.EqualFold(norm.NFC.String(a), norm.NFC.String(b))
}
