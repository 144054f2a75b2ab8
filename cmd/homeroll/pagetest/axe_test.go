package pagetest

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"homeroll/node/nodetest"
)

// violation is what axe found on a page.
type violation struct {
	ID, Help, Impact string
	Nodes            []struct {
		HTML, FailureSummary string
		Target               []any
	}
}

// shown is a page with what must be there before it is looked at.
type shown struct {
	name, path, ready string
	then              func(*visitor)
}

var pages = []shown{
	{name: "timeline", path: "/", ready: ".tile.is-there"},
	{name: "selection", path: "/", ready: ".tile.is-there", then: func(v *visitor) { v.choose("July 13, 2024") }},
	{name: "albums", path: "/albums", ready: ".album-card"},
	{name: "album", path: "/albums", ready: ".album-card", then: func(v *visitor) {
		v.click(".album-card[href^='/albums/']")
		v.see(".tile.is-there")
	}},
	{name: "search", path: "/search?q=lake", ready: ".tile.is-there"},
	{name: "nothing found", path: "/search?q=nothing-is-called-so", ready: ".empty"},
	{name: "photo", path: "/", ready: ".tile.is-there", then: func(v *visitor) {
		v.click(v.tile("July 15, 2024"))
		v.opened()
		v.key("i")
		v.see(".info-fact")
	}},
	{name: "map", path: "/map", ready: "main"},
	{name: "trash", path: "/trash", ready: ".empty, .tile.is-there"},
	{name: "upload", path: "/upload", ready: "#drop"},
	{name: "shares", path: "/shares", ready: "#shares:not([aria-busy=true])"},
	{name: "status", path: "/status", ready: "#status-page"},
	{name: "pairing", path: "/status", ready: "#status-page", then: func(v *visitor) {
		v.click("[data-act=pair]")
		v.see("dialog[open] .choice")
	}},
	{name: "settings", path: "/settings", ready: "#sessions .item, #sessions li"},
	{name: "missing", path: "/no-such-page", ready: ".empty"},
}

func TestAxeFindsNothing(t *testing.T) {
	chromium(t)
	axe, err := os.ReadFile("testdata/axe/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	d := nodetest.New(t).Device("anna-laptop", paged)
	holiday(t, d)
	settled(d, 8)
	v := member(t, d)
	v.see(".tile.is-there")
	v.expect("status of 404") // of the page that is missing
	v.newAlbum("Summer", "July 13, 2024")
	stranger := visit(t)
	for _, screen := range []struct {
		width, height int64
		phone         bool
	}{{390, 844, true}, {1440, 900, false}} {
		v.size(screen.width, screen.height, screen.phone)
		stranger.size(screen.width, screen.height, screen.phone)
		for _, p := range pages {
			v.goTo(at(t, d, p.path), p)
			v.axed(t, string(axe), fmt.Sprintf("%s at %d", p.name, screen.width))
			v.key(kb.Escape)
		}
		stranger.goTo(at(t, d, "/sign-in"), shown{ready: "main.bare"})
		stranger.axed(t, string(axe), fmt.Sprintf("sign-in at %d", screen.width))
		stranger.goTo(at(t, d, "/setup"), shown{ready: "main.bare"})
		stranger.axed(t, string(axe), fmt.Sprintf("setup at %d", screen.width))
	}
}

// newAlbum makes an album with one picture.
func (v *visitor) newAlbum(title, picture string) {
	v.t.Helper()
	v.choose(picture)
	v.press("Add to album")
	v.click("dialog[open] .pick:nth-of-type(1)")
	v.write("dialog[open]:last-of-type input", title)
	v.key(kb.Enter)
	v.read(".toasts", "Added to "+title)
}

// goTo opens a page and waits until it is what is to be looked at.
func (v *visitor) goTo(address string, p shown) {
	v.t.Helper()
	v.open(address)
	v.see(p.ready)
	if p.then != nil {
		p.then(v)
	}
	v.still()
}

// axed runs axe over what is shown, light and dark.
func (v *visitor) axed(t *testing.T, axe, name string) {
	t.Helper()
	v.eval("window.axe || (() => {" + axe + "\n})()")
	for _, scheme := range []string{"light", "dark"} {
		v.scheme(scheme)
		v.still()
		found := eval[string](v, `axe.run(document, {preload: false, resultTypes: ['violations']}).then(r => JSON.stringify(r.violations))`)
		var violations []violation
		if err := json.Unmarshal([]byte(found), &violations); err != nil {
			t.Fatal(err)
		}
		for _, x := range violations {
			for _, n := range x.Nodes {
				t.Errorf("%s, %s: %s (%s): %s\n%s\n%s", name, scheme, x.ID, x.Impact, x.Help, n.HTML, strings.TrimSpace(n.FailureSummary))
			}
		}
	}
	v.scheme("light")
}
