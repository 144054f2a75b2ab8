package pagetest

import (
	"net/http"
	"net/url"
	"testing"

	"homeroll/node/nodetest"
)

func TestGuestSeesWhatIsSharedAndNothingElse(t *testing.T) {
	chromium(t)
	d := nodetest.New(t).Device("anna-laptop", paged)
	holiday(t, d)
	settled(d, 8)
	anna := member(t, d)
	other := eval[string](anna, "fetch('/api/v1/timeline/2023-01').then(r => r.json()).then(r => r.pictures[0].id)")
	anna.see(".tile.is-there")
	anna.choose("July 13, 2024")
	anna.choose("July 14, 2024")
	anna.press("Share")
	anna.write("#share-title", "For Ben")
	anna.press("Make the link")
	anna.see("dialog[open] input[readonly]")
	shared := eval[string](anna, "document.querySelector('dialog[open] input[readonly]').value")

	guest := visit(t)
	guest.open(shared)
	guest.read("#guest-title", "For Ben")
	guest.await("two pictures", "document.querySelectorAll('.tile.is-there').length === 2")
	guest.click(guest.tile("July 13, 2024"))
	guest.opened()
	guest.await("the picture", "[...document.querySelectorAll('.pswp__img')].some(i => i.naturalWidth > 0)")

	for _, path := range []string{
		"/", "/albums", "/status", "/settings", "/api/v1/status", "/api/v1/timeline", "/api/v1/items/" + other, "/api/v1/sessions", "/api/v1/shares",
		"/media/" + other + "/thumb", "/media/" + other + "/preview", "/media/" + other + "/original", "/media/" + other + "/full",
	} {
		guestRefused(t, guest, path)
	}
	u, err := url.Parse(shared)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"thumb", "preview", "original", "full"} {
		guestRefused(t, guest, u.Path+"/media/"+other+"/"+kind)
	}
}

// guestRefused asks for something with the guest's cookies.
func guestRefused(t *testing.T, guest *visitor, path string) {
	t.Helper()
	for _, status := range []string{"401", "403", "404", "410"} {
		guest.expect("status of " + status)
	}
	status := eval[int](guest, "fetch("+quote(path)+", {redirect: 'manual', cache: 'no-store'}).then(r => r.type === 'opaqueredirect' ? 303 : r.status)")
	if status < http.StatusMultipleChoices {
		t.Errorf("a guest may see %s: %d", path, status)
	}
}
