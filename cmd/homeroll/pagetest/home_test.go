package pagetest

import (
	"context"
	"net/url"
	"testing"

	"homeroll/node/nodetest"
)

// paged gives a device of a home a page on loopback.
func paged(d *nodetest.Device) { d.Settings.Web.Addr = "127.0.0.1:0" }

// link returns a link that signs in once.
func link(t testing.TB, d *nodetest.Device) string {
	t.Helper()
	info, err := d.Client.OpenPage(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return info.URL
}

// at returns an address of a device's page.
func at(t testing.TB, d *nodetest.Device, path string) string {
	t.Helper()
	u, err := url.Parse(link(t, d))
	if err != nil {
		t.Fatal(err)
	}
	return u.Scheme + "://" + u.Host + path
}

// member is somebody who came by the one-time link.
func member(t testing.TB, d *nodetest.Device) *visitor {
	t.Helper()
	v := visit(t)
	v.open(link(t, d))
	return v
}
