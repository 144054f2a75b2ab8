// Package find reads what people type into the search box.
//
// Start with [Parse].
package find

import (
	"strings"
	"unicode"

	"homeroll/node/internal/web/home"
)

// Parse turns a text into a filter: words, "several words in quotes", and
// key:value or key:"a value" of the keys device, folder, camera, lens, type, place,
// name, date and is. A date is a year, month or day (2024, 2024-10, 2024-10-16),
// or two of them with .. in between, either of which may be left out. What is
// no key or no date is a word. There is no text that it refuses.
func Parse(text string) home.Filter {
	var f home.Filter
	for _, p := range Split(text) {
		if !set(&f, p) && p.text() != "" {
			f.Words = append(f.Words, p.text())
		}
	}
	return f
}

// Part is one word or key:value of a text.
type Part struct{ Key, Value string }

func (p Part) text() string {
	if p.Key == "" {
		return p.Value
	}
	return strings.TrimSpace(p.Key + " " + p.Value)
}

// Split returns the parts of a text. A quote that is not closed is closed by the
// end.
func Split(text string) (parts []Part) {
	runes := []rune(text)
	for i := 0; i < len(runes); {
		if unicode.IsSpace(runes[i]) {
			i++
			continue
		}
		var p Part
		start := i
		for i < len(runes) && !unicode.IsSpace(runes[i]) && runes[i] != ':' && runes[i] != '"' {
			i++
		}
		if i < len(runes) && runes[i] == ':' && i > start {
			p.Key = strings.ToLower(string(runes[start:i]))
			i++
		} else {
			i = start
		}
		p.Value, i = value(runes, i)
		parts = append(parts, p)
	}
	return parts
}

// value reads to the next space, or to the quote that closes what one opens.
func value(runes []rune, i int) (string, int) {
	quote := i < len(runes) && runes[i] == '"'
	if quote {
		i++
	}
	start := i
	for i < len(runes) && (quote && runes[i] != '"' || !quote && !unicode.IsSpace(runes[i])) {
		i++
	}
	text := string(runes[start:i])
	if quote && i < len(runes) {
		i++
	}
	return strings.TrimSpace(text), i
}

// set narrows a filter down by a key, and reports whether it is one. Of a key that
// comes twice the last counts.
func set(f *home.Filter, p Part) bool {
	if p.Value == "" {
		return false
	}
	switch p.Key {
	case "device":
		f.Device = p.Value
	case "folder":
		f.Folder = p.Value
	case "camera":
		f.Camera = p.Value
	case "lens":
		f.Lens = p.Value
	case "type":
		f.Type = strings.ToLower(p.Value)
	case "place":
		f.Place = p.Value
	case "name":
		f.Name = p.Value
	case "album":
		f.Album = p.Value
	case "date":
		from, to, ok := dates(p.Value)
		if ok {
			f.From, f.To = from, to
		}
		return ok
	case "is":
		if strings.ToLower(p.Value) != "favourite" && strings.ToLower(p.Value) != "favorite" {
			return false
		}
		f.Favourite = true
	default:
		return false
	}
	return true
}

// Join writes parts as Split reads them.
func Join(parts []Part) string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		text := p.Value
		if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == ':' || r == '"' }) {
			text = `"` + strings.ReplaceAll(text, `"`, "") + `"`
		}
		if p.Key != "" {
			text = p.Key + ":" + text
		}
		texts[i] = text
	}
	return strings.Join(texts, " ")
}
