package pagetest

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/security"

	"homeroll/node/nodetest"
)

func TestOneTimeLinkSignsInOnce(t *testing.T) {
	chromium(t)
	d := nodetest.New(t).Device("anna-laptop", paged)
	once := link(t, d)

	anna := visit(t)
	anna.open(once)
	anna.see("#status-card")
	anna.await("the token is not in the address", "location.pathname === '/' && !location.search")

	other := visit(t)
	other.expect("status of 403")
	other.open(once)
	other.see("main.bare")
	other.read("main", "homeroll open")
}

// A NAS is set up from another device, over TLS of the home's own authority.
func TestSetUpSignInAndThrottle(t *testing.T) {
	chromium(t)
	d := nodetest.New(t).Device("nas", func(d *nodetest.Device) { d.Settings.Web.Addr = "0.0.0.0:0" })
	info, err := d.Client.OpenPage(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(info.Setup, "https://") || info.SetupToken == "" {
		t.Fatalf("the page is set up at %q", info.Setup)
	}
	anna := trusting(t)
	anna.open(info.Setup)
	anna.write("[name=password]", "correct horse")
	anna.write("[name=again]", "correct house")
	anna.expect("status of 400")
	anna.click("[type=submit]")
	anna.see("[role=alert]")
	anna.write("[name=password]", "correct horse")
	anna.write("[name=again]", "correct horse")
	anna.click("[type=submit]")
	anna.see("#status-card")

	sessionsEnd(t, anna, info.Pages[0]) // before wrong passwords make everybody at this address wait

	eve := trusting(t)
	eve.expect("status of 403")
	eve.expect("status of 429")
	eve.open(info.Setup)
	eve.await("setting up is over", "location.pathname === '/sign-in'")
	for try := 0; ; try++ {
		if try == 50 {
			t.Fatal("nothing slows wrong passwords down")
		}
		eve.eval(`document.body.dataset.old = 1`)
		eve.write("[name=password]", "guess")
		eve.click("[type=submit]")
		eve.await("an answer", "!document.body.dataset.old && document.querySelector('[role=alert]')")
		if strings.Contains(eve.text("[role=alert]"), "too many") {
			break
		}
	}
	eve.open(strings.Replace(info.Setup, "/setup", "/albums", 1))
	eve.await("albums are not for strangers", "location.pathname === '/sign-in'")
}

// sessionsEnd has a second browser of anna's sign in, and the first end it.
func sessionsEnd(t *testing.T, anna *visitor, page string) {
	t.Helper()
	phone := trusting(t)
	phone.expect("status of 401")
	phone.expect("net::ERR") // the connection of events, when its session ends
	phone.open(page)
	phone.write("[name=password]", "correct horse")
	phone.click("[type=submit]")
	phone.see("#status-card")

	anna.open(page + "/settings")
	anna.see("#sessions li:nth-child(2)")
	anna.click("#end-others")
	anna.await("one session is left", "document.querySelectorAll('#sessions li').length === 1")
	phone.open(page + "/albums")
	phone.await("the phone is out", "location.pathname === '/sign-in'")
	anna.open(page)
	anna.see("#status-card")
}

// trusting is a visitor whose browser trusts the home's authority.
func trusting(t *testing.T) *visitor {
	t.Helper()
	v := visit(t)
	v.do(command(security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true}))
	return v
}
