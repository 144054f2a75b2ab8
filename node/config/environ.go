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
