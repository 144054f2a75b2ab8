package web

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"homeroll/node/internal/web/share"
)

// exampleHome is the home that the examples of docs/api.md are asked of. Each
// group of package home whose routes have examples there is set here.
func exampleHome(t *testing.T) Config {
	t.Helper()
	shares, err := share.Open(filepath.Join(t.TempDir(), "shares.json"), nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return Config{Care: newHousehold(), Gallery: &shownPictures{}, Originals: &wall{}, Marks: &saidMarks{}, Shares: shares}
}

// example is one of docs/api.md.
type example struct {
	method, path, body string
	status             int
	answer             string
}

var exampleText = regexp.MustCompile("(?s)```api\n([A-Z]+) (\\S+)(?: ([^\n]*))?\n→ (\\d+)\n(.*?)\n?```")

func examples(t *testing.T) []example {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "api.md"))
	if err != nil {
		t.Fatal(err)
	}
	var all []example
	for _, m := range exampleText.FindAllStringSubmatch(string(text), -1) {
		e := example{method: m[1], path: m[2], body: m[3], answer: m[5]}
		if _, err := fmt.Sscan(m[4], &e.status); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	if blocks := strings.Count(string(text), "```api"); len(all) == 0 || len(all) != blocks {
		t.Fatalf("%d of %d examples can be read", len(all), blocks)
	}
	return all
}

// TestExamplesOfTheInterface asks what docs/api.md asks, in its order.
func TestExamplesOfTheInterface(t *testing.T) {
	s := newServer(t, exampleHome(t))
	b := member(t, s)
	b.cookies = map[string]string{}
	signIn := func() {
		if _, ok := b.cookies["homeroll-"+s.access.Instance()]; !ok {
			b.cookies = member(t, s).cookies
		}
	}
	for _, e := range examples(t) {
		if e.path != "/api/v1/setup" && e.path != "/api/v1/sign-in" {
			signIn()
		}
		answer := b.do(e.method, e.path, strings.ReplaceAll(e.body, "SETUP-TOKEN", s.access.SetupToken()))
		text := readAll(t, answer)
		if answer.StatusCode != e.status {
			t.Errorf("%s %s: status %d, not %d: %s", e.method, e.path, answer.StatusCode, e.status, text)
			continue
		}
		if e.answer == "" {
			continue
		}
		for _, difference := range differences(t, e.answer, text) {
			t.Errorf("%s %s: %s\nin %s", e.method, e.path, difference, text)
		}
	}
}

// The harness itself finds what it is there to find.
func TestExamplesAreCompared(t *testing.T) {
	for _, tc := range []struct {
		wanted, got string
		right       bool
	}{
		{`{"a": 1, "b": ["…"]}`, `{"a": 2, "b": ["x", "y"], "c": 3}`, true},
		{`{"a": null}`, `{"a": "x"}`, true},
		{`{"a": 1}`, `{}`, false},
		{`{"a": 1}`, `{"a": "1"}`, false},
		{`{"a": [{"b": true}]}`, `{"a": []}`, false},
		{`{"a": [{"b": true}]}`, `{"a": [{"b": false}, {}]}`, false},
		{`{"a": []}`, `{"a": []}`, true},
		{`{"schema": 1}`, `{"schema": 2}`, false},
		{`{"type": "error"}`, `{"type": "paired"}`, false},
	} {
		if got := differences(t, tc.wanted, tc.got); len(got) == 0 != tc.right {
			t.Errorf("%s and %s: %q", tc.wanted, tc.got, got)
		}
	}
}

// differences says where an answer has not the form of an example: what an
// example has must be there and of its kind; null is of any kind. Schema and
// type are compared by value.
func differences(t *testing.T, wanted, got string) []string {
	t.Helper()
	var w, g any
	if err := json.Unmarshal([]byte(wanted), &w); err != nil {
		t.Fatalf("the example %s: %v", wanted, err)
	}
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		return []string{"the answer is no JSON: " + err.Error()}
	}
	return compare("", w, g)
}

func compare(at string, wanted, got any) (found []string) {
	switch w := wanted.(type) {
	case nil:
		return nil
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return []string{at + " is no object"}
		}
		for name, value := range w {
			have, there := g[name]
			switch {
			case !there:
				found = append(found, at+"."+name+" is missing")
			case (name == "schema" || name == "type") && value != "…" && have != value:
				found = append(found, fmt.Sprintf("%s.%s is %v, not %v", at, name, have, value))
			default:
				found = append(found, compare(at+"."+name, value, have)...)
			}
		}
	case []any:
		g, ok := got.([]any)
		if !ok || len(w) > 0 && len(g) == 0 {
			return []string{at + " is no list of something"}
		}
		for i := range g {
			if len(w) > 0 {
				found = append(found, compare(fmt.Sprintf("%s[%d]", at, i), w[0], g[i])...)
			}
		}
	default:
		if fmt.Sprintf("%T", wanted) != fmt.Sprintf("%T", got) {
			return []string{fmt.Sprintf("%s is %v, of another kind than %v", at, got, wanted)}
		}
	}
	return found
}

// Whoever asks for a method that an address does not take is told so as for any
// other address that nothing is at.
func TestUnknownAddresses(t *testing.T) {
	b := member(t, newServer(t, Config{}))
	b.want(http.StatusNotFound, b.do(http.MethodPut, "/api/v1/sessions", ""), nil)
	b.want(http.StatusNotFound, b.do(http.MethodGet, "/nowhere", "", header("Accept", "text/html")), nil)
}
