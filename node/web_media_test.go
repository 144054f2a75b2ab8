package node_test

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"path"
	"strings"
	"testing"
	"time"

	"homeroll/node/api"
	"homeroll/node/config"
	"homeroll/node/nodetest"
	"homeroll/store/media"
)

// visitor is a browser that came in through the one-time link of a device.
func visitor(t *testing.T, d *nodetest.Device) (c *http.Client, base string) {
	t.Helper()
	link, err := d.Client.OpenPage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c = &http.Client{Jar: jar}
	get(t, c, link.URL, nil)
	base, _, _ = strings.Cut(link.URL, "/open")
	return c, base
}

// get returns what is at an address.
func get(t *testing.T, c *http.Client, url string, header map[string]string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("GET %s: %v", path.Base(url), err)
	}
	return resp, body
}

func paged(d *nodetest.Device) { d.Settings.Web.Addr = "127.0.0.1:0" }

// A device that keeps nothing shows what another one holds: any range of it, and
// the whole in an archive; nothing of that stays with it.
func TestPageReadsFromAnotherDevice(t *testing.T) {
	h := nodetest.New(t)
	a := h.Device("anna")
	b := h.Device("ben", paged, func(d *nodetest.Device) { d.Settings.Device.Keep = config.KeepNothing })
	video := make([]byte, 9*media.GroupSize+4711)
	_, _ = rand.Read(video)
	copy(video, "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom")
	a.Write("VID_1.mp4", video, taken)
	hash := media.ID(media.Sum(video)).String()
	h.Pair(a, b)
	b.Await("hearing of the video", func(s *api.Status) bool { return len(s.Peers) == 1 && s.Peers[0].Held == 1 })
	c, base := visitor(t, b)
	url := base + "/media/" + hash + "/original"
	for _, span := range [][2]int{{0, 0}, {media.GroupSize - 1, media.GroupSize}, {5*media.GroupSize + 3, len(video) - 1}, {17, 4 * media.GroupSize}} {
		resp, got := get(t, c, url, map[string]string{"Range": fmt.Sprintf("bytes=%d-%d", span[0], span[1])})
		if resp.StatusCode != http.StatusPartialContent || !bytes.Equal(got, video[span[0]:span[1]+1]) {
			t.Errorf("range %v: %s, %d bytes", span, resp.Status, len(got))
		}
	}
	resp, got := get(t, c, url, nil)
	if !bytes.Equal(got, video) || resp.Header.Get("Content-Type") != "video/mp4" || !strings.Contains(resp.Header.Get("Content-Disposition"), "VID_1.mp4") {
		t.Errorf("whole: %d bytes, %v", len(got), resp.Header)
	}
	if s, err := b.Client.Status(t.Context()); err != nil || s.Vault.Items != 0 {
		t.Errorf("after reading, the vault has %+v, %v", s.Vault, err)
	}
	archived(t, c, base, map[string][]byte{"VID_1.mp4": video}, hash)

	a.Stop()
	b.Await("missing the other device", func(s *api.Status) bool { return !s.Peers[0].Online })
	if resp, _ := get(t, c, url, nil); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("without its holder: %s", resp.Status)
	}
}

// archived checks the archive of some items.
func archived(t *testing.T, c *http.Client, base string, want map[string][]byte, hashes ...string) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"ids": hashes})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/api/v1/zip", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Homeroll", "1")
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var doc struct{ URL string }
	if err := json.NewDecoder(resp.Body).Decode(&doc); err != nil || doc.URL == "" {
		t.Fatalf("order of an archive: %s, %v", resp.Status, err)
	}
	_, packed := get(t, c, base+doc.URL, nil)
	archive, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(in)
		if err != nil || !bytes.Equal(got, want[f.Name]) {
			t.Errorf("%s in the archive: %d bytes, %v", f.Name, len(got), err)
		}
		if gap := f.Modified.Sub(taken).Abs(); gap > 2*time.Second {
			t.Errorf("%s in the archive is %s off", f.Name, gap)
		}
	}
	if len(archive.File) != len(want) {
		t.Errorf("the archive has %d files", len(archive.File))
	}
}

// What the page shows of an item that is here: previews and the full picture as
// JPEG, the original as it is, a tile where there is no preview; never anything
// that a browser could run.
func TestPageShowsWhatIsHere(t *testing.T) {
	a := nodetest.New(t).Device("anna", paged)
	hashes := photos(a, 1)
	c, base := visitor(t, a)
	for _, kind := range []string{"thumb", "preview", "full", "original"} {
		resp, got := get(t, c, base+"/media/"+hashes[0]+"/"+kind, nil)
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "image/jpeg" || !bytes.HasPrefix(got, []byte("\xff\xd8")) {
			t.Errorf("%s: %s, %s", kind, resp.Status, resp.Header.Get("Content-Type"))
		}
		if kind == "original" && media.ID(media.Sum(got)).String() != hashes[0] {
			t.Error("the original is another one")
		}
	}
	resp, _ := get(t, c, base+"/media/"+strings.Repeat("ab", 32)+"/thumb", nil)
	if resp.Header.Get("Content-Type") != "image/svg+xml" || !strings.Contains(resp.Header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("a tile comes as %v", resp.Header)
	}
	for _, wrong := range []string{"/media/..%2f..%2fetc%2fpasswd/original", "/media/" + hashes[0][:10] + "/original"} {
		if resp, _ := get(t, c, base+wrong, nil); resp.StatusCode/100 != 4 {
			t.Errorf("%s: %s", wrong, resp.Status)
		}
	}
	resp, got := get(t, c, base+"/media/"+hashes[0]+"/original", map[string]string{"Range": "bytes=" + strings.Repeat("0-,", 1000) + "0-"})
	if len(got) > 2<<20 {
		t.Errorf("a thousand ranges: %s, %d bytes", resp.Status, len(got))
	}
	stranger := &http.Client{}
	if resp, _ := get(t, stranger, base+"/media/"+hashes[0]+"/thumb", nil); resp.StatusCode != http.StatusUnauthorized && resp.StatusCode != http.StatusForbidden {
		t.Errorf("a stranger is answered %s", resp.Status)
	}
}
