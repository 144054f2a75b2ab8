package discovery

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"homeroll/store/media/formattest"
)

// What reading these may allocate, in bytes.
const (
	helloMemory = 512 << 10 // of helloMax
	keyMemory   = 64 << 10  // and 16 bytes for each of the file
	bookMemory  = 64 << 10  // and 64 bytes for each of the file
)

func FuzzHello(f *testing.F) {
	f.Add([]byte(`{"version":"0.1.0","port":8471,"addresses":["192.168.1.5:8471","[fe80::1]:8471"]}`))
	f.Add([]byte(`{"refused":"the devices are already connected"}`))
	f.Add(append([]byte(`{"addresses":[`), bytes.Repeat([]byte(`"",`), helloMax/3)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		formattest.Bounded(t, helloMemory, func() {
			m, err := readHello(bytes.NewReader(b))
			if err != nil {
				return
			}
			for _, a := range m.Addresses {
				if at, ok := dialable(a); ok && (at.Port() == 0 || at.Addr().IsUnspecified() || at.Addr().IsMulticast()) {
					t.Errorf("%q may be dialed", a)
				}
			}
		})
	})
}

func FuzzKey(f *testing.F) {
	state := f.TempDir()
	if _, err := loadIdentity(state, slog.New(slog.DiscardHandler)); err != nil {
		f.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(state, keyFile))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		formattest.Bounded(t, keyMemory+16*uint64(len(b)), func() {
			if key, err := parseKey(b); err == nil && len(key) != 64 {
				t.Errorf("a key of %d bytes", len(key))
			}
		})
	})
}

// FuzzAddressBook reads a file that something has damaged.
func FuzzAddressBook(f *testing.F) {
	good, err := json.Marshal(map[string]*bookEntry{"12D3KooWx": {Given: []string{"nas:8471"}, Worked: []string{"192.168.1.5:8471"}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"a":null,"b":{"given":[null]}}`))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(filepath.Join(dir, bookFile), b, 0o600); err != nil {
			t.Fatal(err)
		}
		formattest.Bounded(t, bookMemory+64*uint64(len(b)), func() {
			book := openAddressBook(dir, slog.New(slog.DiscardHandler))
			book.give("a", "nas:8471")
			if got := book.of("a"); len(got) == 0 || got[0] != "nas:8471" {
				t.Errorf("what a person typed is not first: %q", got)
			}
		})
	})
}
