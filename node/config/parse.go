package config

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/pelletier/go-toml/v2"
)

// Parse reads a file's content on top of the defaults. The error is an *Error with
// the line; the first bad line of the file is the one that is named.
func Parse(data []byte) (Config, error) {
	c := Default()
	var tree map[string]any
	if err := toml.Unmarshal(data, &tree); err != nil {
		return c, syntaxError(err)
	}
	lines := lineIndex(data)
	sections := slices.SortedFunc(maps.Keys(tree), func(a, b string) int {
		return cmp.Or(cmp.Compare(lines[a], lines[b]), cmp.Compare(a, b))
	})
	for _, section := range sections {
		if err := c.parseSection(section, tree[section], lines); err != nil {
			return c, err
		}
	}
	return c, nil
}

func syntaxError(err error) error {
	var decode *toml.DecodeError
	if !errors.As(err, &decode) {
		return &Error{Problem: err.Error()}
	}
	line, _ := decode.Position()
	return &Error{Line: line, Problem: "is not TOML: " + decode.Error(), Accepted: `lines such as: budget = "110 GB"`}
}

func (c *Config) parseSection(section string, v any, lines lines) error {
	if section == folderSection {
		return c.parseFolders(v, lines)
	}
	table, ok := v.(map[string]any)
	if !ok || !knownSection(section) {
		return &Error{Line: lines[section], Key: section, Problem: "is unknown", Accepted: "the sections " + joinWords(append(sectionNames(), folderSection))}
	}
	names := slices.SortedFunc(maps.Keys(table), func(a, b string) int {
		return cmp.Compare(lines[section+"."+a], lines[section+"."+b])
	})
	for _, name := range names {
		full := section + "." + name
		k, ok := find(full)
		if !ok {
			return unknownKey(full, lines[full])
		}
		if err := k.assign(c, table[name]); err != nil {
			return k.bad(lines[full], show(table[name]), err)
		}
	}
	return nil
}

// bad makes an *Error of a value's problem.
func (k key) bad(line int, value string, problem error) *Error {
	return &Error{Line: line, Key: k.full(), Value: value, Problem: problem.Error(), Accepted: k.accepted}
}

func unknownKey(full string, line int) *Error {
	e := &Error{Line: line, Key: full, Problem: "is unknown", Accepted: "the keys " + joinWords(Keys())}
	if homeWide(full) {
		e.Problem = "is one value for the whole home, not of this file"
		e.Accepted = "homeroll config set " + full + " VALUE, while the node runs"
	}
	return e
}

// folderSection is the array of tables that lists watched folders.
const folderSection = "folder"

func (c *Config) parseFolders(v any, lines lines) error {
	tables, ok := v.([]any)
	if !ok {
		return &Error{Line: lines[folderSection], Key: folderSection, Problem: "is written [[folder]], once for each", Accepted: folderAccepted}
	}
	c.Folders = nil
	for i, v := range tables {
		place := fmt.Sprintf("%s[%d]", folderSection, i)
		table, ok := v.(map[string]any)
		if !ok {
			return &Error{Line: lines[folderSection], Key: folderSection, Problem: "is not a table", Accepted: folderAccepted}
		}
		folder, err := parseFolder(table, place, lines)
		if err != nil {
			return err
		}
		c.Folders = append(c.Folders, folder)
	}
	return nil
}

const folderAccepted = `[[folder]] with path = "/absolute/path" and, if wanted, ignore = ["*.tmp"]`

func parseFolder(table map[string]any, place string, lines lines) (Folder, error) {
	var f Folder
	for _, name := range slices.Sorted(maps.Keys(table)) {
		var err error
		switch name {
		case "path":
			err = decodeString(&f.Path, table[name])
			if err == nil && f.Path != "" {
				err = checkAbsolute(&f.Path)
			}
		case "ignore":
			f.Ignore, err = stringList(table[name])
			err = cmp.Or(err, checkPatterns(f.Ignore))
		default:
			err = errors.New("is unknown")
		}
		if err != nil {
			return f, &Error{Line: lines[place+"."+name], Key: "folder." + name, Value: show(table[name]), Problem: err.Error(), Accepted: folderAccepted}
		}
	}
	if f.Path == "" {
		return f, &Error{Line: lines[place], Key: "folder.path", Problem: "is missing", Accepted: folderAccepted}
	}
	return f, nil
}

func checkPatterns(patterns []string) error {
	for _, p := range patterns {
		if _, err := filepath.Match(p, "x"); err != nil {
			return fmt.Errorf("has %q, which is not a pattern", p)
		}
	}
	return nil
}

// show writes a decoded TOML value for an error message.
func show(v any) string {
	if text, ok := v.(string); ok {
		return quote(text)
	}
	return fmt.Sprint(v)
}
