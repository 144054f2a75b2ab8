package pagetest

import (
	"testing"

	"homeroll/node/api"
	"homeroll/node/nodetest"
)

func TestPairThroughThePageAndWatchTheFirstPictureArrive(t *testing.T) {
	chromium(t)
	home := nodetest.New(t)
	a, b := home.Device("anna-laptop", paged), home.Device("nas", paged)
	anna, ben := member(t, a), member(t, b)

	anna.read("#status-card", "Backup is off")
	code := pairByPage(anna, ben, a)
	if len(code) < 8 {
		t.Fatalf("the code is %q", code)
	}
	anna.read("#status-card", "Ready for the first photos")
	ben.await("no picture yet", "!document.querySelector('.tile')")

	put(a, "2024/lake.jpg", plain(1, 320, 200), exif{taken: day(2024, 7, 14)})
	for _, v := range []*visitor{anna, ben} {
		v.await("the picture without a reload", "document.querySelector('.tile.is-there img')?.naturalWidth > 0")
	}
	a.AwaitState(api.StateComplete)
	ben.read("#status-card", "Backup complete")
}

// pairByPage types the code that one page shows into the other's, and returns it.
func pairByPage(shows, types *visitor, at *nodetest.Device) string {
	shows.t.Helper()
	shows.click(`[data-act="pair"]`)
	shows.click("dialog[open] .choice:nth-of-type(1)")
	shows.see(".code")
	code := eval[string](shows, "document.querySelector('.code').innerText")

	types.click(`[data-act="pair"]`)
	types.click("dialog[open] .choice:nth-of-type(2)")
	types.write("#pair-code", code)
	types.write("#pair-at", at.Address())
	types.press("Go on")
	types.read("dialog[open]", "anna-laptop")
	types.click("dialog[open] .button-main")
	for _, v := range []*visitor{shows, types} {
		v.read("dialog[open]", "Paired with")
		v.press("OK")
	}
	return code
}
