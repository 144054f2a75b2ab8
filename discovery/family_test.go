package discovery

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"homeroll/discovery/internal/links"
)

// hostOn is a host that listens on one address, or on all of a family.
func hostOn(t *testing.T, name, listen string) *testHost {
	t.Helper()
	l, err := net.Listen("tcp", listen)
	if err != nil {
		t.Skipf("this machine cannot listen on %s: %v", listen, err)
	}
	l.Close()
	cfg := newConfig(t, name)
	cfg.Listen = []string{listen}
	return openHost(t, cfg).start(t)
}

// A home works where there is one family alone, and the address may be typed
// in every form.
func TestOneFamilyAlone(t *testing.T) {
	for _, row := range []struct{ listen, at string }{
		{"127.0.0.1:0", "127.0.0.1:%d"},
		{"127.0.0.1:0", "localhost:%d"},
		{"[::1]:0", "[::1]:%d"},
		{"[::1]:0", "[0:0:0:0:0:0:0:1]:%d"},
		{"[::]:0", "[::1]:%d"},
		{"[::]:0", "127.0.0.1:%d"},
		{"0.0.0.0:0", "127.0.0.1:%d"},
	} {
		at := strings.ReplaceAll(row.at, "%d", "PORT")
		t.Run(row.listen+" at "+at, func(t *testing.T) {
			a, b := hostOn(t, "a", row.listen), hostOn(t, "b", row.listen)
			code, done := a.invite(t, t.Context(), nil)
			if _, err := b.Join(t.Context(), JoinRequest{Code: code, At: fmt.Sprintf(row.at, a.Port())}); err != nil {
				t.Fatal(err)
			}
			if r := <-done; r.err != nil {
				t.Fatal(r.err)
			}
			if err := errors.Join(a.echo(b), b.echo(a)); err != nil {
				t.Error(err)
			}
			// Both know where the other listens, so either finds the other again.
			for _, h := range []*testHost{a, b} {
				o := map[*testHost]*testHost{a: b, b: a}[h]
				_, port, err := net.SplitHostPort(h.Members()[1].Address)
				if err != nil || port != fmt.Sprint(o.Port()) {
					t.Errorf("%s is at %s, and listens on port %d", o.cfg.Name, h.Members()[1].Address, o.Port())
				}
			}
		})
	}
}

// A link-local address with its zone is dialed on that link, and one without
// on each link that there is.
func TestLinkLocalAddresses(t *testing.T) {
	address, zone := "", ""
	for _, l := range links.Current() {
		for _, a := range l.Addresses {
			if a.Is6() && a.IsLinkLocalUnicast() {
				address, zone = a.WithZone("").String(), l.Interface.Name
			}
		}
	}
	if address == "" {
		t.Skip("no link has an IPv6 address of its own here")
	}
	for _, at := range []string{"[" + address + "%" + zone + "]:%d", "[" + address + "]:%d"} {
		a, b := hostOn(t, "a", "[::]:0"), hostOn(t, "b", "[::]:0")
		code, _ := a.invite(t, t.Context(), nil)
		typed := strings.ReplaceAll(at, "%d", fmt.Sprint(a.Port()))
		if _, err := b.Join(t.Context(), JoinRequest{Code: code, At: typed}); err != nil {
			t.Errorf("%s: %v", typed, err)
		}
	}
}

// What a person mistypes as an address is said to be that, before anything is
// dialed.
func TestAddressesThatAreNone(t *testing.T) {
	h := startHost(t, "h")
	for _, at := range []string{":8471", "a:b", "a:70000", "a:0", "http://a", "fe80::1%eth0:1:2:3:4:5:6:7:8", "[fe80::1", "fe80::1]:5", "[fe80::1%]:5", "a b", "[nas]:5"} {
		_, err := h.Join(t.Context(), JoinRequest{Code: "K7-4MP-X2R", At: at})
		if err == nil || errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "address") {
			t.Errorf("%q: %v", at, err)
		}
	}
	_, err := h.Join(t.Context(), JoinRequest{Code: "K7-4MP-X2R", At: "[fe80::1%none0]:8471"})
	if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "none0") {
		t.Errorf("a link that does not exist: %v", err)
	}
}
