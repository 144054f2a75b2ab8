package movie

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// cleanText makes text of bytes: up to the first zero, trimmed, in UTF-8, being
// Latin-1 if it is not.
func cleanText(b []byte) string {
	text, _, _ := strings.Cut(string(b), "\x00")
	if !utf8.ValidString(text) {
		runes := make([]rune, 0, len(text))
		for i := range len(text) {
			runes = append(runes, rune(text[i]))
		}
		text = string(runes)
	}
	return strings.TrimSpace(text)
}

// decimal reads a plain number.
func decimal(text string) (float64, bool) {
	if text == "" || len(text) > 32 || strings.Trim(text, "0123456789.") != "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil
}
