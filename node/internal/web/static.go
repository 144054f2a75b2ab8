package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"homeroll/node/internal/web/ui"
)

// asset is one file of the page, as it is sent.
type asset struct {
	mime  string
	etag  string
	plain []byte
	gzip  []byte // nil where it is no smaller
}

// packStatic reads every file of the page and compresses it once.
func packStatic(u *ui.UI) (map[string]asset, error) {
	files, err := u.Files()
	if err != nil {
		return nil, err
	}
	assets := make(map[string]asset, len(files))
	for _, f := range files {
		sum := sha256.Sum256(f.Content)
		a := asset{mime: f.Type, etag: `"` + hex.EncodeToString(sum[:12]) + `"`, plain: f.Content}
		if packed := pack(f.Content); len(packed) < len(f.Content)*9/10 {
			a.gzip = packed
		}
		assets[f.Path] = a
	}
	return assets, nil
}

func pack(content []byte) []byte {
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression) // the level exists
	_, _ = z.Write(content)                                    // into memory
	_ = z.Close()
	return packed.Bytes()
}

func (s *Server) routesStatic(anyone *http.ServeMux) {
	anyone.HandleFunc("GET /static/{tree}/{path...}", s.file)
}

// file answers with a file of the page. Its address contains the hash of them
// all, so that it never changes.
func (s *Server) file(w http.ResponseWriter, r *http.Request) {
	a, ok := s.static[r.PathValue("path")]
	if !ok || r.PathValue("tree") != s.ui.Tree() {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.mime)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("ETag", a.etag)
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("If-None-Match"), a.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	content := a.plain
	if a.gzip != nil && takesGzip(r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		content = a.gzip
	}
	h.Set("Content-Length", strconv.Itoa(len(content)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(content) // the browser is gone if it fails
	}
}

// takesGzip reads an Accept-Encoding header.
func takesGzip(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(name) == "gzip" {
			q := strings.TrimSpace(quality)
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}
