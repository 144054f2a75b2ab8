package ui

import (
	"html/template"
	"path"
	"regexp"
	"slices"
	"strings"
)

// functions are what templates may call besides the methods of their data:
// t says a text, static is the address of a file below static, icon draws one.
func (u *UI) functions(language string) template.FuncMap {
	say := u.speakers[language]
	return template.FuncMap{
		"t":         say.Say,
		"count":     say.Count,
		"bytes":     say.Bytes,
		"ago":       say.Ago,
		"day":       say.Day,
		"clock":     say.Clock,
		"iso":       iso,
		"static":    u.address,
		"icon":      u.icon,
		"language":  func() string { return language },
		"languages": func() []string { return u.languages },
		"styles":    u.styles,
		"module":    u.module,
		"preloads":  u.preloads,
		"begin":     say.Begin,
		"deref":     func(n *int64) int64 { return *n },
		"spin":      spin,
		"device":    deviceIcon,
		"credits":   credits,
	}
}

func (u *UI) address(name string) string { return "/static/" + u.tree + "/" + name }

// icon draws an icon of icons/icons.svg, hidden from screen readers: the text
// beside it says what it means.
func (u *UI) icon(name string, classes ...string) template.HTML {
	class := template.HTMLEscapeString(strings.Join(append([]string{"icon"}, classes...), " "))
	use := template.HTMLEscapeString(u.address("icons/icons.svg") + "#" + name)
	return template.HTML(`<svg class="` + class + `" aria-hidden="true"><use href="` + use + `"></use></svg>`) //nolint:gosec // escaped above
}

// common styles are those of every page, in this order.
var common = []string{"css/tokens.css", "css/base.css", "css/layout.css", "css/components.css", "css/suggest.css"}

// shared are styles that only some pages need.
var shared = map[string][]string{"timeline": {"css/care.css"}, "status": {"css/care.css"}}

// styles are the addresses of a page's styles: css/NAME.css comes last, after
// those of the directories of css that it shares with other pages.
func (u *UI) styles(page string) []string {
	var found []string
	for _, name := range slices.Concat(common, shared[page], []string{"css/" + page + ".css"}) {
		if u.has(name) {
			found = append(found, u.address(name))
		}
	}
	return found
}

// module is the address of a page's own module, or of the frame's where it has
// none.
func (u *UI) module(page string) string { return u.address(u.moduleName(page)) }

func (u *UI) moduleName(page string) string {
	if name := "js/" + page + ".js"; u.has(name) {
		return name
	}
	return "js/frame.js"
}

// preloads are the addresses of what a page's module imports, so that a browser
// need not find them out one after the other.
func (u *UI) preloads(page, language string) []string {
	var found []string
	for _, name := range u.modules[u.moduleName(page)][1:] {
		found = append(found, u.address(name))
	}
	return append(found, u.address("text/"+language+".js"))
}

func (u *UI) has(name string) bool {
	return slices.ContainsFunc(u.files, func(f File) bool { return f.Path == name })
}

// imported finds the modules that one imports at once; import() is none of them.
var imported = regexp.MustCompile(`(?m)^\s*(?:import|export)\b[^'"();]*?['"](\.{1,2}/[^'"]+)['"]`)

// importsOf follows the imports of each module.
func importsOf(files []File) map[string][]string {
	direct := map[string][]string{}
	for _, f := range files {
		if path.Ext(f.Path) != ".js" {
			continue
		}
		direct[f.Path] = []string{}
		for _, m := range imported.FindAllSubmatch(f.Content, -1) {
			direct[f.Path] = append(direct[f.Path], path.Join(path.Dir(f.Path), string(m[1])))
		}
	}
	all := map[string][]string{}
	for name := range direct {
		seen := []string{name}
		for i := 0; i < len(seen); i++ {
			for _, next := range direct[seen[i]] {
				if !slices.Contains(seen, next) {
					seen = append(seen, next)
				}
			}
		}
		all[name] = seen
	}
	return all
}

// spin turns the icons of what is going on.
func spin(icon string) string {
	if icon == "refresh" || icon == "loader" {
		return "spin"
	}
	return ""
}

func deviceIcon(self bool) string {
	if self {
		return "home"
	}
	return "laptop"
}
