package pagetest

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"homeroll/node/nodetest"
)

// An upload goes on where it was after the node has restarted in the middle of it.
func TestUploadGoesOnAfterTheNodeRestarts(t *testing.T) {
	chromium(t)
	d := nodetest.New(t).Device("nas", paged)
	page := at(t, d, "/upload")
	d.Settings.Web.Addr = page[len("http://") : len(page)-len("/upload")] // the same after the restart
	large := append(video(t), padding(48<<20)...)
	file := filepath.Join(t.TempDir(), "VID_0042.mp4")
	if err := os.WriteFile(file, large, 0o644); err != nil {
		t.Fatal(err)
	}
	v := member(t, d)
	for _, broken := range []string{"net::ERR", "Failed to load resource"} {
		v.expect(broken) // while the node is away
	}
	v.open(page)
	v.slow(8 << 20)
	v.do(chromedp.SetUploadFiles(chromedp.CSS("#files"), []string{file}))
	v.await("a part of it is sent", "document.querySelector('#total').value > 4e6")
	d.Stop()
	sent := eval[float64](v, "document.querySelector('#total').value")
	d.Start()
	v.slow(-1)
	v.read("#uploads", "Kept on this device")
	if sent >= float64(len(large)) {
		t.Fatal("all was sent before the node stopped")
	}
	v.await("it is in the timeline", "fetch('/api/v1/timeline').then(r => r.json()).then(r => r.months.length === 1)")
	if !kept(t, d, large) {
		t.Error("the vault does not hold what was uploaded")
	}
}

// padding is a box of free space that players pass over.
func padding(n int) []byte {
	box := make([]byte, n)
	box[0], box[1], box[2], box[3] = byte(n>>24), byte(n>>16), byte(n>>8), byte(n)
	copy(box[4:], "free")
	for i := 8; i < n; i++ {
		box[i] = byte(i * 7 >> 3)
	}
	return box
}

// slow bounds what the browser sends, in bytes a second; -1 = not.
func (v *visitor) slow(rate float64) {
	v.t.Helper()
	v.do(command(network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{DownloadThroughput: -1, UploadThroughput: rate}},
	}))
}

// kept reports whether a file with a content lies below the device's directories.
func kept(t *testing.T, d *nodetest.Device, content []byte) (found bool) {
	t.Helper()
	want := sha256.Sum256(content)
	err := filepath.WalkDir(filepath.Dir(d.State), func(name string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || found {
			return err
		}
		if info, err := e.Info(); err != nil || info.Size() != int64(len(content)) {
			return err
		}
		have, err := os.ReadFile(name)
		found = sha256.Sum256(have) == want
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
