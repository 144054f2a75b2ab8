// Package ui is what the page looks like and says: its templates, styles and
// modules, and one catalogue of every text in each language.
//
// Start with [UI]. A page is templates/layout.html with the "main" that
// templates/NAME.html defines, css/NAME.css and js/NAME.js where they exist, and
// whatever of templates/parts it calls; nothing needs a build step.
package ui

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"mime"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

//go:embed templates static text
var files embed.FS

// UI renders pages.
type UI struct {
	tree      string
	files     []File
	languages []string // the first is the one of those who ask for none of them
	matcher   language.Matcher
	speakers  map[string]*Speaker
	pages     map[string]map[string]*template.Template // by language and name
	modules   map[string][]string                      // what a module imports, itself first, by path
}

// File is one file of the page.
type File struct {
	Path    string // below /static/TREE/
	Type    string // MIME
	Content []byte
}

// View is what a page is rendered from.
type View struct {
	Page     string // of templates/PAGE.html
	Language string
	Theme    string // "light", "dark", or "" for what the system says
	Visitor  string // "member", "guest", or "" for somebody who has not signed in
	Attend   bool   // something needs attention
	Data     any    // what the page says
}

// languages in which there is a catalogue, the fallback first.
var languages = []string{"en", "de"}

// New reads the page.
func New() (*UI, error) {
	u := &UI{languages: languages, pages: map[string]map[string]*template.Template{}, speakers: map[string]*Speaker{}}
	var tags []language.Tag
	catalogues := map[string]Texts{}
	for _, l := range u.languages {
		tags = append(tags, language.MustParse(l))
		texts, err := readTexts(l)
		if err != nil {
			return nil, err
		}
		catalogues[l] = texts
		u.speakers[l] = &Speaker{Language: l, texts: texts}
	}
	u.matcher = language.NewMatcher(tags)
	if err := u.gather(catalogues); err != nil {
		return nil, err
	}
	u.modules = importsOf(u.files)
	for l := range catalogues {
		pages, err := u.parse(l)
		if err != nil {
			return nil, err
		}
		u.pages[l] = pages
	}
	return u, nil
}

// gather lists the files that browsers fetch, and names their tree by its
// content.
func (u *UI) gather(catalogues map[string]Texts) error {
	err := fs.WalkDir(files, "static", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		u.files = append(u.files, File{strings.TrimPrefix(name, "static/"), typeOf(name), content})
		return nil
	})
	if err != nil {
		return fmt.Errorf("list the page's files: %w", err)
	}
	for _, l := range u.languages {
		text, err := json.Marshal(catalogues[l])
		if err != nil {
			return fmt.Errorf("encode texts of %s: %w", l, err)
		}
		module := slices.Concat([]byte("export default "), text, []byte(";\n"))
		u.files = append(u.files, File{"text/" + l + ".js", typeOf(".js"), module})
	}
	hash := sha256.New()
	for _, f := range u.files {
		fmt.Fprintf(hash, "%s\x00%d\x00", f.Path, len(f.Content))
		hash.Write(f.Content)
	}
	u.tree = hex.EncodeToString(hash.Sum(nil)[:8])
	return nil
}

// parse prepares the pages in one language.
func (u *UI) parse(l string) (map[string]*template.Template, error) {
	layout, err := template.New("layout.html").Funcs(u.functions(l)).ParseFS(files, "templates/layout.html", "templates/parts/*.html")
	if err != nil {
		return nil, fmt.Errorf("parse layout: %w", err)
	}
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, err
	}
	pages := map[string]*template.Template{}
	for _, name := range names {
		if path.Base(name) == "layout.html" {
			continue
		}
		page, err := template.Must(layout.Clone()).ParseFS(files, name)
		if err != nil {
			return nil, fmt.Errorf("parse page %s: %w", name, err)
		}
		pages[strings.TrimSuffix(path.Base(name), ".html")] = page
	}
	return pages, nil
}

// Render writes a page.
func (u *UI) Render(w io.Writer, v View) error {
	page, ok := u.pages[v.Language][v.Page]
	if !ok {
		return fmt.Errorf("there is no page %q in %q", v.Page, v.Language)
	}
	if err := page.Execute(w, v); err != nil {
		return fmt.Errorf("render page %s: %w", v.Page, err)
	}
	return nil
}

// Part writes what one template of templates/parts defines, as at the first
// painting of the page that it is a part of.
func (u *UI) Part(w io.Writer, language, name string, data any) error {
	page, ok := u.pages[language]["missing"]
	if !ok || page.Lookup(name) == nil {
		return fmt.Errorf("there is no part %q in %q", name, language)
	}
	if err := page.ExecuteTemplate(w, name, data); err != nil {
		return fmt.Errorf("render part %s: %w", name, err)
	}
	return nil
}

// Speaker returns who writes texts, numbers and times in a language.
func (u *UI) Speaker(language string) *Speaker {
	if s, ok := u.speakers[language]; ok {
		return s
	}
	return u.speakers[u.languages[0]]
}

// Languages returns those in which there is a catalogue.
func (u *UI) Languages() []string { return slices.Clone(u.languages) }

// Language returns the language that suits an Accept-Language header best.
func (u *UI) Language(accept string) string {
	tags, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(tags) == 0 {
		return u.languages[0]
	}
	_, i, _ := u.matcher.Match(tags...)
	return u.languages[i]
}

// Tree names all files of the page by their content.
func (u *UI) Tree() string { return u.tree }

// Files returns what browsers fetch below /static/TREE/.
func (u *UI) Files() ([]File, error) { return u.files, nil }

// types that the system's table may lack or get wrong.
var types = map[string]string{
	".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".json": "application/json",
	".webmanifest": "application/manifest+json", ".woff2": "font/woff2", ".png": "image/png", ".ico": "image/x-icon", ".bin": "application/octet-stream",
}

func typeOf(name string) string {
	ext := path.Ext(name)
	if t, ok := types[ext]; ok {
		return t
	}
	if t := mime.TypeByExtension(ext); t != "" {
		return t
	}
	return "text/plain; charset=utf-8"
}
