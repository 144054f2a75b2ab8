package web

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"homeroll/node/internal/web/home"
)

// Each page of pictures is there, and none for what is no picture's hash.
func TestPagesOfPictures(t *testing.T) {
	b := member(t, newServer(t, Config{Gallery: struct{ home.Gallery }{}}))
	id := strings.Repeat("ab", 32)
	for path, want := range map[string]string{
		"/albums": `id="albums"`, "/albums/x%22%3E%3Cb%3E": `data-album="x&#34;&gt;&lt;b&gt;"`, "/search?q=%3Cb%3E": `id="chips"`,
		"/trash": `id="empty-trash"`, "/photo/" + id: `data-photo="` + id + `"`, "/photo/../../etc/passwd": "", "/photo/" + id[1:]: "",
	} {
		answer := b.do(http.MethodGet, path, "")
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case want == "" && answer.StatusCode == http.StatusOK:
			t.Errorf("GET %s: there is a page", path)
		case want != "" && (answer.StatusCode != http.StatusOK || !strings.Contains(string(text), want)):
			t.Errorf("GET %s: status %d, without %s", path, answer.StatusCode, want)
		}
	}
}
