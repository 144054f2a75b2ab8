package authority

import (
	"crypto/x509"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"
)

type world struct {
	now   time.Time
	names Names
}

func (w *world) open(t *testing.T, dir string) *Authority {
	t.Helper()
	a, err := Open(Config{Dir: dir, Device: "nas", Names: func() Names { return w.names }, Now: func() time.Time { return w.now }})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (w *world) leaf(t *testing.T, a *Authority) *x509.Certificate {
	t.Helper()
	pair, err := a.Certificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	return pair.Leaf
}

// verify checks a certificate as a browser does that trusts the authority.
func (w *world) verify(a *Authority, leaf *x509.Certificate, name string) error {
	roots := x509.NewCertPool()
	roots.AddCert(a.root)
	_, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name, CurrentTime: w.now})
	return err
}

func TestCertificateFollowsTheDevice(t *testing.T) {
	w := &world{now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	w.names = Names{[]string{"nas", "nas.local", "photos.example.com"}, []netip.Addr{netip.MustParseAddr("192.168.1.5"), netip.MustParseAddr("203.0.113.7")}}
	dir := t.TempDir()
	a := w.open(t, dir)
	first := w.leaf(t, a)
	for name, right := range map[string]bool{"nas": true, "nas.local": true, "192.168.1.5": true, "photos.example.com": false, "203.0.113.7": false, "192.168.1.6": false} {
		if err := w.verify(a, first, name); (err == nil) != right {
			t.Errorf("as %s: %v", name, err)
		}
	}
	again := w.open(t, dir)
	if again.Fingerprint() != a.Fingerprint() || !w.leaf(t, again).Equal(first) {
		t.Error("a restart makes other certificates")
	}
	w.now, w.names.Addresses = w.now.Add(time.Hour), []netip.Addr{netip.MustParseAddr("10.0.0.9")}
	moved := w.leaf(t, again)
	if err := w.verify(a, moved, "10.0.0.9"); err != nil {
		t.Errorf("after the address changed: %v", err)
	}
	w.now = w.now.Add(leafFor - renewAt + time.Minute)
	if renewed := w.leaf(t, again); renewed.Equal(moved) || w.verify(a, renewed, "nas.local") != nil {
		t.Error("it is not renewed in time")
	}
	for _, name := range []string{"authority.pem", "certificate.pem"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
}

// Who steals the key of the authority cannot pretend to be a bank.
func TestAuthorityVouchesForPrivateNamesAlone(t *testing.T) {
	w := &world{now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), names: Names{DNS: []string{"nas"}}}
	a := w.open(t, t.TempDir())
	for _, names := range []Names{
		{DNS: []string{"bank.example.com"}},
		{DNS: []string{"nas.local", "bank.example.com"}},
		{Addresses: []netip.Addr{netip.MustParseAddr("203.0.113.7")}},
		{Addresses: []netip.Addr{netip.MustParseAddr("2001:db8::1")}},
	} {
		stolen, err := a.makeLeaf(names, w.now)
		if err != nil {
			t.Fatal(err)
		}
		if w.verify(a, stolen.Leaf, "") == nil {
			t.Errorf("it can vouch for %v", names)
		}
	}
}

func TestDamagedAuthority(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "authority.pem"), []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Config{Dir: dir, Device: "nas", Names: func() Names { return Names{} }}); err == nil {
		t.Error("it is opened, and those who trust the old one are never told")
	}
}
