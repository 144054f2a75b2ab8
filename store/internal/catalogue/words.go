package catalogue

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Words splits a text into the words by which it is found: folded, without marks
// above and below letters. A character of a script that writes no spaces is a word.
func Words(text string) []string {
	var words []string
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			words = append(words, word.String())
			word.Reset()
		}
	}
	for _, r := range norm.NFKD.String(cases.Fold().String(strings.ToValidUTF8(text, " "))) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai):
			end()
			words = append(words, string(r))
		case plainLetters[r] != "":
			word.WriteString(plainLetters[r])
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			word.WriteRune(r)
		default:
			end()
		}
	}
	end()
	return words
}

// plainLetters are letters that have no decomposition, as people type them.
var plainLetters = map[rune]string{'ø': "o", 'ł': "l", 'đ': "d", 'æ': "ae", 'œ': "oe", 'ı': "i", 'þ': "th", 'ð': "d"}

// phrase quotes words that follow each other, the last of which is a beginning.
func phrase(words []string) string { return `"` + strings.Join(words, " ") + `" *` }
