package config

import (
	"slices"
	"strings"
)

// Keys returns the names of all settings, "section.key", in the order of the file.
func Keys() []string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.full()
	}
	return names
}

// HomeWide are the settings that every device of the home shares: a signed record, not a
// part of any file.
func HomeWide() []string { return []string{"copies.wanted"} }

func homeWide(full string) bool { return slices.Contains(HomeWide(), full) }

// Get returns a setting as a person types it. The error is an *Error that lists the keys.
func (c Config) Get(full string) (string, error) {
	k, ok := find(full)
	if !ok {
		return "", unknownKey(full, 0)
	}
	return k.text(&c), nil
}

// Value returns a setting as JSON has it: string, bool, number of bytes or of bytes a second, or list.
func (c Config) Value(full string) (any, error) {
	k, ok := find(full)
	if !ok {
		return nil, unknownKey(full, 0)
	}
	switch at := k.at(&c).(type) {
	case *bool:
		return *at, nil
	case *[]string:
		return slices.Concat([]string{}, *at), nil
	case *Size:
		if *at == 0 {
			return nil, nil
		}
		return int64(*at), nil
	case *Rate:
		if *at == 0 {
			return nil, nil
		}
		return int64(*at), nil
	default:
		return k.text(&c), nil
	}
}

// Set changes a setting from text; lists are separated by commas. On an error, an *Error, nothing
// is changed.
func (c *Config) Set(full, value string) error {
	k, ok := find(full)
	if !ok {
		return unknownKey(full, 0)
	}
	changed := c.Clone()
	if err := k.assignText(&changed, value); err != nil {
		return k.bad(0, quote(value), err)
	}
	*c = changed
	return nil
}

// Changes applies to c whatever differs between two states of the settings that a node ran
// with, so that what only holds for its run does not get into the file.
func (c *Config) Changes(from, to Config) error {
	for _, k := range keys {
		if value := k.text(&to); k.text(&from) != value {
			if err := c.Set(k.full(), value); err != nil {
				return err
			}
		}
	}
	for _, f := range from.Folders {
		if to.folder(f.Path) < 0 {
			c.dropFolder(f.Path)
		}
	}
	for _, f := range to.Folders {
		if i := from.folder(f.Path); i < 0 || !slices.Equal(from.Folders[i].Ignore, f.Ignore) {
			c.PutFolder(f)
		}
	}
	return nil
}

// PutFolder adds a folder or replaces the one with the same path.
func (c *Config) PutFolder(f Folder) {
	if i := c.folder(f.Path); i >= 0 {
		c.Folders[i] = f
		return
	}
	c.Folders = append(c.Folders, f)
}

func (c *Config) dropFolder(path string) {
	c.Folders = slices.DeleteFunc(c.Folders, func(f Folder) bool { return f.Path == path })
}

// folder returns the index of the folder of that path, or -1.
func (c Config) folder(path string) int {
	return slices.IndexFunc(c.Folders, func(f Folder) bool { return f.Path == path })
}

func sectionNames() []string {
	var names []string
	for _, k := range keys {
		if !slices.Contains(names, k.section) {
			names = append(names, k.section)
		}
	}
	return names
}

func joinWords(words []string) string { return strings.Join(words, ", ") }
