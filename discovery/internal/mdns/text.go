package mdns

import (
	"strings"
	"unicode/utf8"
)

// maxText is the most bytes of one TXT string (RFC 6763, section 6.1).
const maxText = 255

// Fit shortens value, at a character's boundary, so that "key=value" fits into
// one TXT string.
func Fit(key, value string) string {
	room := maxText - len(key) - 1
	for len(value) > room {
		_, n := utf8.DecodeLastRuneInString(value)
		value = value[:len(value)-n]
	}
	return key + "=" + value
}

// escapeAll writes the strings in the presentation form that the DNS library
// wants: a backslash is special there.
func escapeAll(text []string) []string {
	out := make([]string, len(text))
	for i, t := range text {
		out[i] = strings.ReplaceAll(t, `\`, `\\`)
	}
	return out
}

// unescape undoes the presentation form: \DDD is a byte, \X is X.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		if c, ok := decimal(s[i+1:]); ok {
			b.WriteByte(c)
			i += 3
			continue
		}
		i++
		b.WriteByte(s[i])
	}
	return b.String()
}

// decimal reads three digits of one byte.
func decimal(s string) (byte, bool) {
	if len(s) < 3 {
		return 0, false
	}
	n := 0
	for _, c := range []byte(s[:3]) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return byte(n), n < 256
}

// parseText reads "key=value" strings; the first of a key counts (RFC 6763,
// section 6.4), and keys compare without case.
func parseText(text []string) map[string]string {
	out := map[string]string{}
	for _, t := range text {
		key, value, _ := strings.Cut(unescape(t), "=")
		key = strings.ToLower(key)
		if _, ok := out[key]; !ok && key != "" {
			out[key] = value
		}
	}
	return out
}
