package config

import (
	"slices"
	"strings"
)

const envPrefix = "HOMEROLL_"

// Override applies the variables HOMEROLL_SECTION_KEY of an environment ("NAME=value" each) to c.
// A variable that has a section's name and an unknown key is an error; other variables are not
// ours to judge. It returns the keys that were overridden.
func (c *Config) Override(environ []string) ([]string, error) {
	var overridden []string
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		rest, ours := strings.CutPrefix(name, envPrefix)
		section, _, hasKey := strings.Cut(strings.ToLower(rest), "_")
		if !ours || !hasKey || !knownSection(section) {
			continue
		}
		i := slices.IndexFunc(keys, func(k key) bool { return k.env() == name })
		if i < 0 {
			e := unknownKey(strings.Replace(strings.ToLower(rest), "_", ".", 1), 0)
			e.Source = name
			return overridden, e
		}
		if err := keys[i].assignText(c, value); err != nil {
			e := keys[i].bad(0, quote(value), err)
			e.Source = name
			return overridden, e
		}
		overridden = append(overridden, keys[i].full())
	}
	return overridden, nil
}

func knownSection(section string) bool {
	return section == "copies" || slices.Contains(sectionNames(), section)
}

// otherVariables are those of homeroll that are no settings: where the state is,
// and what its tests go by.
var otherVariables = []string{"HOMEROLL_STATE", "HOMEROLL_MILLION", "HOMEROLL_HISTORIES", "HOMEROLL_LAB_", "HOMEROLL_TEST_"}

// Strangers returns the variables of an environment that look like homeroll's and
// that nothing reads, such as one whose section is misspelled. They may be
// somebody else's, so they are no error; meant is the nearest setting, if one is
// near.
func Strangers(environ []string) []Stranger {
	var found []Stranger
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		rest, ours := strings.CutPrefix(name, envPrefix)
		section, _, hasKey := strings.Cut(strings.ToLower(rest), "_")
		other := slices.ContainsFunc(otherVariables, func(o string) bool {
			return name == o || strings.HasSuffix(o, "_") && strings.HasPrefix(name, o)
		})
		if !ours || other || hasKey && knownSection(section) {
			continue // those of a section are Override's to judge
		}
		found = append(found, Stranger{name, nearestVariable(name)})
	}
	return found
}

// Stranger is a variable that nothing reads.
type Stranger struct{ Name, Meant string }

func (s Stranger) String() string {
	text := s.Name + " in the environment is no setting of homeroll, and is ignored"
	if s.Meant != "" {
		text += "; " + s.Meant + " is one"
	}
	return text
}

// typingErrors is how many letters may be wrong in a name that is still meant.
const typingErrors = 3

func nearestVariable(name string) (meant string) {
	least := typingErrors + 1
	for _, k := range keys {
		if n := editDistance(name, k.env()); n < least {
			meant, least = k.env(), n
		}
	}
	return meant
}

// editDistance is Levenshtein's, in bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		above := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := above
			if a[i] != b[j] {
				change++
			}
			above = row[j+1]
			row[j+1] = min(change, above+1, row[j]+1)
		}
	}
	return row[len(b)]
}
