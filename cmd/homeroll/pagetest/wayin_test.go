package pagetest

import (
	"testing"

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
	other.expect("403")
	other.open(once)
	other.see("main.bare")
	other.read("main", "homeroll open")
}
