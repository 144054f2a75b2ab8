package api

import (
	"encoding/json"
	"strings"
	"testing"
)

// Bytes that are no UTF-8 survive a document; other documents are as they were.
func TestPathsThatAreNoUTF8SurviveJSON(t *testing.T) {
	for _, path := range []string{"/p/K\xf6ln.jpg", "/p/Köln.jpg", "\ufffd"} {
		odd := strings.Contains(path, "\xf6ln")
		line, err := json.Marshal(Problem{Path: &path, PathBase64: RawPath(path)})
		if err != nil {
			t.Fatal(err)
		}
		var back Problem
		if err := json.Unmarshal(line, &back); err != nil {
			t.Fatal(err)
		}
		if got := string(back.PathBase64); odd && got != path || !odd && (got != "" || *back.Path != path) {
			t.Errorf("%q comes back as %q and %q", path, *back.Path, got)
		}
		if strings.Contains(string(line), "pathBase64") != odd {
			t.Errorf("%s", line)
		}
	}
	if raw := RawPaths([]string{"a", "\xff", "b"}); len(raw) != 1 || string(raw[0]) != "\xff" {
		t.Errorf("%q", raw)
	}
}
