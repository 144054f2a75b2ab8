package ui

import (
	"encoding/json"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"
)

// Both languages say the same things, with the same placeholders and plurals.
func TestLanguagesHaveTheSameTexts(t *testing.T) {
	first, err := readTexts(languages[0])
	if err != nil {
		t.Fatal(err)
	}
	placeholder := regexp.MustCompile(`\{\w+\}`)
	for _, l := range languages[1:] {
		other, err := readTexts(l)
		if err != nil {
			t.Fatal(err)
		}
		for key, text := range first {
			same, ok := other[key]
			if !ok {
				t.Errorf("%s does not say %q", l, key)
				continue
			}
			if (text.One == "") != (same.One == "") {
				t.Errorf("%s: %q has a plural in one language only", l, key)
			}
			want := set(placeholder.FindAllString(text.Other, -1))
			if got := set(placeholder.FindAllString(same.Other, -1)); got != want {
				t.Errorf("%s: %q has the placeholders %s instead of %s", l, key, got, want)
			}
		}
		for key := range other {
			if _, ok := first[key]; !ok {
				t.Errorf("only %s says %q", l, key)
			}
		}
	}
}

func set(words []string) string {
	seen := map[string]bool{}
	for _, w := range words {
		seen[w] = true
	}
	text, _ := json.Marshal(seen) // a map's keys come sorted
	return string(text)
}

// used finds the keys that templates, modules and Go files name.
var used = regexp.MustCompile("(?:\\{\\{-?|\\(|\\s)(?:t|begin)\\s+\"([a-z][\\w.-]+)\"|\\bt\\('([a-z][\\w.-]+)'|\\.say\\(\"([a-z][\\w.-]+)\"|\\bSay\\(\"([a-z][\\w.-]+)\"")

// Every key that is used exists.
func TestTextsThatAreUsedExist(t *testing.T) {
	texts, err := readTexts(languages[0])
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	walk := func(name string, content []byte) {
		for _, m := range used.FindAllStringSubmatch(string(content), -1) {
			key := m[1] + m[2] + m[3] + m[4]
			found++
			if _, ok := texts[key]; !ok && !strings.HasSuffix(key, ".") {
				t.Errorf("%s says %q, which no catalogue has", name, key)
			}
		}
	}
	err = fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.Contains(name, "/vendor/") || (path.Ext(name) != ".html" && path.Ext(name) != ".js") {
			return err
		}
		content, err := files.ReadFile(name)
		walk(name, content)
		return err
	})
	if err != nil || found < 40 {
		t.Errorf("found %d keys, %v", found, err)
	}
}

// What a module imports is known before a browser asks for it.
func TestPreloads(t *testing.T) {
	files := []File{
		{Path: "js/a.js", Content: []byte("import {b} from './lib/b.js';\nimport * as c from\n  './c.js';\nconst d = await import('./d.js');\n")},
		{Path: "js/lib/b.js", Content: []byte("export {x} from '../c.js';\n")},
		{Path: "js/c.js"},
	}
	if got := strings.Join(importsOf(files)["js/a.js"], " "); got != "js/a.js js/lib/b.js js/c.js" {
		t.Errorf("js/a.js imports %s", got)
	}
}

// Nothing of the page needs what its content security policy forbids.
func TestNoInlineScriptOrStyle(t *testing.T) {
	forbidden := regexp.MustCompile(`(?i)\sstyle=|<style|<script(?:\s[^>]*)?>[^<]|\son[a-z]+=|javascript:`)
	outside := regexp.MustCompile(`(?i)(?:src|href|action)="(?:https?:)?//`)
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	parts, err := fs.Glob(files, "templates/parts/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, parts...) {
		content, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, re := range []*regexp.Regexp{forbidden, outside} {
			if bad := re.FindString(string(content)); bad != "" {
				t.Errorf("%s has %q", name, bad)
			}
		}
	}
}

// What the static files refer to is among them.
func TestStaticReferencesExist(t *testing.T) {
	u, err := New()
	if err != nil {
		t.Fatal(err)
	}
	relative := regexp.MustCompile(`(?:from|import)\s*\(?['"](\.{1,2}/[^'"$]+)['"]|url\(["']?(\.{1,2}/[^"')]+)["']?\)`)
	for _, f := range u.files {
		if ext := path.Ext(f.Path); ext != ".js" && ext != ".css" || strings.Contains(f.Path, "vendor/") {
			continue
		}
		for _, m := range relative.FindAllSubmatch(f.Content, -1) {
			if to := path.Join(path.Dir(f.Path), string(m[1])+string(m[2])); !u.has(to) {
				t.Errorf("%s refers to %s, which is missing", f.Path, to)
			}
		}
	}
}
