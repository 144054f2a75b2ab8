package ui

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
)

// Texts is the catalogue of one language, by key.
type Texts map[string]Text

// Text is one text with {placeholders}. One is said of a single thing, where
// the number {n} matters.
type Text struct{ One, Other string }

// UnmarshalJSON reads a string, or an object of "one" and "other".
func (t *Text) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &t.Other)
	}
	var forms struct{ One, Other string }
	if err := json.Unmarshal(data, &forms); err != nil {
		return err
	}
	*t = Text(forms)
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (t Text) MarshalJSON() ([]byte, error) {
	if t.One == "" {
		return json.Marshal(t.Other)
	}
	return json.Marshal(map[string]string{"one": t.One, "other": t.Other})
}

// readTexts reads the catalogue of a language: text/LANGUAGE.json and, for the
// parts of the page that have their own, text/LANGUAGE-PART.json.
func readTexts(language string) (Texts, error) {
	names, err := fs.Glob(files, "text/"+language+"*.json")
	if err != nil {
		return nil, fmt.Errorf("list texts: %w", err)
	}
	all := Texts{}
	for _, name := range names {
		content, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read texts: %w", err)
		}
		var texts Texts
		if err := json.Unmarshal(content, &texts); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		for key, text := range texts {
			if _, twice := all[key]; twice {
				return nil, fmt.Errorf("read %s: %q is said elsewhere already", name, key)
			}
			all[key] = text
		}
	}
	return all, nil
}

// Say returns a text with its placeholders filled in from pairs of name and
// value. The value of "n" chooses between one and other.
func (t Texts) Say(key string, pairs ...any) (string, error) {
	text, ok := t[key]
	if !ok {
		return "", fmt.Errorf("there is no text %q", key)
	}
	if len(pairs)%2 != 0 {
		return "", fmt.Errorf("text %q: a name without a value", key)
	}
	said := text.Other
	var fill []string
	for i := 0; i < len(pairs); i += 2 {
		name, value := fmt.Sprint(pairs[i]), fmt.Sprint(pairs[i+1])
		if name == "n" && value == "1" && text.One != "" {
			said = text.One
		}
		fill = append(fill, "{"+name+"}", value)
	}
	return strings.NewReplacer(fill...).Replace(said), nil
}
