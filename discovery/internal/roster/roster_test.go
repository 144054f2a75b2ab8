package roster

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"homeroll/discovery/internal/roster/internal/rosterpb"
	"homeroll/store/media"
	"homeroll/store/media/formattest"
)

type signer struct{ key ed25519.PrivateKey }

func (s signer) Device() media.Device { return media.DeviceOf(s.key.Public().(ed25519.PublicKey)) }
func (s signer) Sign(m []byte) []byte { return ed25519.Sign(s.key, m) }

func newSigner(seed byte) signer {
	return signer{ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))}
}

// founder founds a home at a fixed time with a fixed nonce.
func founder(t testing.TB, seed byte, name string) *Roster {
	t.Helper()
	r := newRoster(filepath.Join(t.TempDir(), FileName), newSigner(seed))
	r.now = func() time.Time { return time.Unix(1700000000, 0) }
	r.rand = func(b []byte) { clear(b) }
	if err := r.Found(name); err != nil {
		t.Fatal(err)
	}
	return r
}

// joiner is a device that some member admits and gives its roster.
func joiner(t testing.TB, by *Roster, seed byte, name string) *Roster {
	t.Helper()
	r := founder(t, seed, name)
	if _, err := by.Admit(r.Self(), name, ""); err != nil {
		t.Fatal(err)
	}
	if err := r.Replace(by.Home(), by.Statements()); err != nil {
		t.Fatal(err)
	}
	return r
}

// meet exchanges two rosters over a pipe.
func meet(t testing.TB, a, b *Roster) {
	t.Helper()
	x, y := net.Pipe()
	defer x.Close()
	defer y.Close()
	done := make(chan error, 1)
	go func() { _, err := Exchange(y, b, false); done <- err }()
	if _, err := Exchange(x, a, true); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if a.Digest() != b.Digest() {
		t.Fatal("rosters differ after an exchange")
	}
}

func names(r *Roster) string {
	var out []string
	for _, m := range r.Members() {
		out = append(out, m.Name)
	}
	return strings.Join(out, " ")
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestReloadedRosterIsTheSame(t *testing.T) {
	h1 := founder(t, 1, "h1")
	h2 := joiner(t, h1, 2, "h2")
	must(t, h2.Set("copies.wanted", "3"))
	must(t, h2.Rename(h1.Self(), "Küche 🍳"))
	meet(t, h1, h2)
	again, err := Load(h1.path, h1.self)
	must(t, err)
	if again.Home() != h2.Home() || again.Digest() != h2.Digest() || names(again) != names(h2) {
		t.Errorf("reloaded: %v", again.Members())
	}
	if v, ok := again.Get("copies.wanted"); v != "3" || !ok {
		t.Errorf("copies.wanted = %q", v)
	}
	info, err := os.Stat(h1.path)
	must(t, err)
	if perm := info.Mode().Perm(); os.PathSeparator == '/' && perm != 0o600 {
		t.Errorf("mode %v", perm)
	}
}

// A roster that was cut or altered anywhere is refused, never read as a smaller home.
func TestDamagedFileIsRefused(t *testing.T) {
	h1 := founder(t, 1, "h1")
	h2 := joiner(t, h1, 2, "h2")
	must(t, h1.Remove(h2.Self()))
	whole, err := os.ReadFile(h1.path)
	must(t, err)
	for cut := range whole {
		must(t, os.WriteFile(h1.path, whole[:cut], 0o600))
		if _, err := Load(h1.path, h1.self); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("cut at %d of %d: %v", cut, len(whole), err)
		}
	}
	for i := range whole {
		bent := bytes.Clone(whole)
		bent[i] ^= 1
		must(t, os.WriteFile(h1.path, bent, 0o600))
		r, err := Load(h1.path, h1.self)
		if err == nil && (r.Home() != h1.Home() || r.Digest() != h1.Digest()) {
			t.Fatalf("bit flipped at %d: read as another roster", i)
		}
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none"), h1.self); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// While h2 is off, h1 removes h3, and h3 admits a stranger. Whoever meets
// whom first, both are out everywhere in the end.
func TestRemovalWhileAMemberIsOff(t *testing.T) {
	rows := []struct {
		name string
		meet func(t *testing.T, h1, h2, h3, s *Roster)
	}{
		{"h2 meets h1 first", func(t *testing.T, h1, h2, h3, s *Roster) { meet(t, h2, h1); meet(t, h2, h3) }},
		{"h2 meets h3 first", func(t *testing.T, h1, h2, h3, s *Roster) { meet(t, h2, h3); meet(t, h1, h2); meet(t, h2, h3) }},
		{"h2 meets the stranger first", func(t *testing.T, h1, h2, h3, s *Roster) {
			meet(t, h3, s)
			chain, err := s.Chain(s.Self())
			must(t, err)
			_, err = h2.Introduce(s.Self(), chain)
			must(t, err)
			meet(t, s, h2)
			meet(t, h2, h1)
			meet(t, h2, h3)
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			h1 := founder(t, 1, "h1")
			h2 := joiner(t, h1, 2, "h2")
			h3 := joiner(t, h1, 3, "h3")
			h4 := joiner(t, h3, 4, "h4") // admitted by h3 before, and h1 knows
			meet(t, h1, h2)
			meet(t, h1, h4)
			must(t, h1.Remove(h3.Self()))
			s := joiner(t, h3, 5, "stranger")
			row.meet(t, h1, h2, h3, s)
			meet(t, h1, h2)
			meet(t, h1, h4)
			meet(t, h1, s)
			for _, r := range []*Roster{h1, h2, h3, h4, s} {
				if r.IsMember(h3.Self()) || r.IsMember(s.Self()) || !r.WasRemoved(h3.Self()) {
					t.Errorf("%s still sees %s", r.Self().Short(), names(r))
				}
				if !r.IsMember(h4.Self()) || len(r.Members()) != 3 {
					t.Errorf("%s sees %s", r.Self().Short(), names(r))
				}
			}
		})
	}
}

func TestConcurrentRemovalsAllStand(t *testing.T) {
	h1 := founder(t, 1, "h1")
	h2 := joiner(t, h1, 2, "h2")
	h3 := joiner(t, h1, 3, "h3")
	meet(t, h1, h2)
	must(t, h2.Remove(h3.Self()))
	must(t, h3.Remove(h2.Self()))
	meet(t, h1, h2)
	meet(t, h1, h3)
	if names(h1) != "h1" {
		t.Errorf("members: %s", names(h1))
	}
}

func TestRejoiningNeedsAHigherEpoch(t *testing.T) {
	h1 := founder(t, 1, "h1")
	h2 := joiner(t, h1, 2, "h2")
	old := h2.Statements()
	must(t, h1.Remove(h2.Self()))
	if _, err := h1.Merge(old); err != nil {
		t.Fatal(err)
	}
	if h1.IsMember(h2.Self()) {
		t.Error("the old admission counts again")
	}
	m, err := h1.Admit(h2.Self(), "h2 again", "")
	must(t, err)
	if m.Epoch != 2 || m.Name != "h2 again" {
		t.Errorf("readmitted as %+v", m)
	}
	must(t, h2.Replace(h1.Home(), h1.Statements()))
	must(t, h2.Set("copies.wanted", "4"))
	meet(t, h1, h2)
	if v, _ := h1.Get("copies.wanted"); v != "4" {
		t.Errorf("the readmitted device has no say: %q", v)
	}
}

func TestCountersignedAdmissionOutlivesARemoval(t *testing.T) {
	h1 := founder(t, 1, "h1")
	h2 := joiner(t, h1, 2, "h2")
	h3 := joiner(t, h1, 3, "h3")
	h4 := joiner(t, h3, 4, "h4")
	h5 := joiner(t, h3, 5, "h5")
	meet(t, h1, h2)
	meet(t, h2, h5)
	must(t, h2.Countersign(h5.Self()))
	must(t, h1.Remove(h3.Self())) // knows neither
	meet(t, h3, h4)
	meet(t, h2, h4)
	meet(t, h1, h2)
	if h1.IsMember(h4.Self()) || !h1.IsMember(h5.Self()) {
		t.Errorf("members: %s", names(h1))
	}
	chain, err := h1.Chain(h5.Self())
	must(t, err)
	fresh := founder(t, 1, "h1") // the same founding, and the removal, and nothing else
	if _, err := fresh.Merge(h1.ProofOfRemoval(h3.Self())); err != nil {
		t.Fatal(err)
	}
	if _, err := fresh.Introduce(h5.Self(), chain); err != nil {
		t.Errorf("the chain does not carry the countersignature: %v", err)
	}
}

func TestLaterWordsOfTheRemovedAreVoid(t *testing.T) {
	h1 := founder(t, 1, "h1")
	h2 := joiner(t, h1, 2, "h2")
	must(t, h2.Set("copies.wanted", "3"))
	meet(t, h1, h2)
	must(t, h1.Remove(h2.Self()))
	must(t, h2.Set("copies.wanted", "1"))
	must(t, h2.Rename(h1.Self(), "fool"))
	if _, err := h1.Merge(h2.Statements()); err != nil {
		t.Fatal(err)
	}
	if names(h1) != "h1" {
		t.Errorf("renamed to %s", names(h1))
	}
	if v, _ := h1.Get("copies.wanted"); v == "1" {
		t.Error("a removed device sets values")
	}
	if err := h2.Set("copies.wanted", "2"); err != nil {
		t.Error(err) // it does not know yet
	}
	if _, err := h2.Merge(h1.ProofOfRemoval(h2.Self())); err != nil {
		t.Fatal(err)
	}
	if err := h2.Set("copies.wanted", "2"); !errors.Is(err, ErrNotMember) {
		t.Errorf("it knows: %v", err)
	}
}

func TestIntroduction(t *testing.T) {
	h1 := founder(t, 1, "h1")
	h2 := joiner(t, h1, 2, "h2")
	h3 := joiner(t, h2, 3, "h3")
	chain, err := h3.Chain(h3.Self())
	must(t, err)
	if _, err := h1.Introduce(h3.Self(), chain); err != nil || !h1.IsMember(h3.Self()) {
		t.Errorf("a member by its chain: %v", err)
	}
	other := founder(t, 9, "other")
	chain, err = other.Chain(other.Self())
	must(t, err)
	if _, err := h1.Introduce(other.Self(), chain); !errors.Is(err, ErrOtherHome) {
		t.Errorf("a device of another home: %v", err)
	}
	if _, err := h1.Introduce(other.Self(), nil); !errors.Is(err, ErrNotMember) {
		t.Errorf("without a chain: %v", err)
	}
	must(t, h2.Remove(h1.Self()))
	s := joiner(t, h2, 6, "s")
	if _, err := h3.Introduce(s.Self(), s.Statements()); !errors.Is(err, ErrStatement) || !h3.IsMember(h1.Self()) {
		t.Errorf("a newcomer is heard on removals: %v", err)
	}
}

func TestFarewell(t *testing.T) {
	h1 := founder(t, 1, "h1")
	h2 := joiner(t, h1, 2, "h2")
	old := h2.Home()
	must(t, h2.Leave())
	must(t, h2.Found("h2"))
	h2, err := Load(h2.path, h2.self)
	must(t, err)
	if len(h2.Members()) != 1 || h2.Home() == old {
		t.Fatal("no home of its own")
	}
	if _, err := h1.Merge(h2.Farewell(old)); err != nil || h1.IsMember(h2.Self()) {
		t.Errorf("the farewell does not prove the departure: %v", err)
	}
	if h2.Farewell(h2.Home()) != nil {
		t.Error("a farewell to the present home")
	}
}

func TestNames(t *testing.T) {
	good := []string{"a", "Anna’s Büro 🖥", "נתונים", "家", "👨‍👩‍👧", strings.Repeat("é", MaxName)}
	for _, name := range good {
		if err := ValidName(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	bad := []string{"", " a", "a ", "a\nb", "a\x00", "a\u202eb", "a\u2066b", "a\u2028b", "\xff", strings.Repeat("x", MaxName+1)}
	for _, name := range bad {
		if err := ValidName(name); !errors.Is(err, ErrBadName) {
			t.Errorf("%q: %v", name, err)
		}
	}
	h1 := founder(t, 1, "Küche")
	for _, name := range []string{"Küche", "KÜCHE", "Ku\u0308che"} {
		if _, err := h1.Admit(newSigner(2).Device(), name, ""); !errors.Is(err, ErrNameTaken) {
			t.Errorf("%q beside %q: %v", name, names(h1), err)
		}
	}
}

// Two members admit devices of one name before they meet: both stay, and can be told apart.
func TestNamesGivenConcurrentlyDiffer(t *testing.T) {
	h1 := founder(t, 1, "h1")
	h2 := joiner(t, h1, 2, "h2")
	joiner(t, h1, 3, "nas")
	joiner(t, h2, 4, "nas")
	meet(t, h1, h2)
	seen := map[string]bool{}
	for _, m := range h1.Members() {
		seen[m.Name] = true
	}
	if len(seen) != 4 || !seen["nas"] || names(h1) != names(h2) {
		t.Errorf("members: %s", names(h1))
	}
}

func TestHomeHasRoomFor62(t *testing.T) {
	h1 := founder(t, 1, "h1")
	for i := range MaxDevices - 1 {
		_, err := h1.Admit(newSigner(byte(i+2)).Device(), fmt.Sprint("device ", i), "")
		must(t, err)
	}
	if _, err := h1.Admit(newSigner(200).Device(), "one more", ""); !errors.Is(err, ErrFull) {
		t.Errorf("63rd device: %v", err)
	}
	must(t, h1.Remove(newSigner(2).Device()))
	if _, err := h1.Admit(newSigner(200).Device(), "one more", ""); !errors.Is(err, ErrFull) {
		t.Errorf("a place of a removed device was given away: %v", err)
	}
	if _, err := h1.Admit(newSigner(2).Device(), "back again", ""); err != nil {
		t.Errorf("readmission: %v", err)
	}
}

// Changing a value again and again costs no room, and the values of others stay
// to fall back on.
func TestSupersededValuesAreDropped(t *testing.T) {
	h1 := founder(t, 1, "h1")
	h2 := joiner(t, h1, 2, "h2")
	must(t, h1.Set("copies.wanted", "3"))
	meet(t, h1, h2)
	before := len(h1.Statements())
	for i := range 20 {
		must(t, h2.Set("copies.wanted", fmt.Sprint(i)))
		meet(t, h1, h2)
	}
	if n := len(h1.Statements()) - before; n != 1 {
		t.Errorf("20 changes left %d statements", n)
	}
}

// Nobody can fill the roster so that its own removal finds no room.
func TestRemovalAlwaysFits(t *testing.T) {
	h1 := founder(t, 1, "h1")
	h2 := joiner(t, h1, 2, "h2")
	var err error
	for i := 0; err == nil; i++ {
		err = h2.Set(fmt.Sprint("key ", i), strings.Repeat("x", maxValue))
	}
	if !errors.Is(err, ErrFull) {
		t.Fatal(err)
	}
	meet(t, h1, h2)
	must(t, h1.Remove(h2.Self()))
	if _, err := Load(h1.path, h1.self); err != nil {
		t.Fatal(err)
	}
}

// What is signed and hashed is a format: these bytes never change.
func TestGoldenStatements(t *testing.T) {
	h1 := founder(t, 1, "h1")
	must(t, h1.Set("copies.wanted", "3"))
	_, err := h1.Admit(newSigner(2).Device(), "h2", "")
	must(t, err)
	must(t, h1.Remove(newSigner(2).Device()))
	var got strings.Builder
	fmt.Fprintln(&got, "home", h1.Home())
	for _, s := range h1.Statements() {
		fmt.Fprintln(&got, hex.EncodeToString(s))
	}
	path := filepath.Join("testdata", "statements.golden")
	want, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("UPDATE_GOLDEN") != "" {
		must(t, os.MkdirAll("testdata", 0o755))
		must(t, os.WriteFile(path, []byte(got.String()), 0o644))
		return
	}
	must(t, err)
	if got.String() != string(want) {
		t.Errorf("statements changed:\n%s", got.String())
	}
}

// What a statement, an exchange and a file may allocate, in bytes: a list's
// empty entries are 2 bytes on the wire and 24 in memory, while the list grows.
const (
	statementMemory = 256 << 10
	exchangeMemory  = 40 << 20
	fileMemory      = 40 << 20
)

func FuzzStatement(f *testing.F) {
	h1 := founder(f, 1, "h1")
	h2 := joiner(f, h1, 2, "h2")
	must(f, h2.Set("copies.wanted", "3"))
	must(f, h2.Remove(h1.Self()))
	for _, s := range h2.Statements() {
		f.Add([]byte(s))
	}
	home := h1.Home()
	f.Fuzz(func(t *testing.T, b []byte) {
		var s *statement
		var err error
		formattest.Bounded(t, statementMemory, func() { s, err = decodeStatement(b, home) })
		if err != nil {
			return
		}
		again, err := decodeStatement(s.raw, home)
		if err != nil || again.id != s.id || !bytes.Equal(again.raw, s.raw) {
			t.Errorf("decode, encode, decode: %v", err)
		}
	})
}

func FuzzExchange(f *testing.F) {
	h1 := founder(f, 1, "h1")
	f.Add([]byte{0})
	f.Add([]byte{3, 10, 1, 0})
	home := h1.Home()
	f.Add(delimited(f, &rosterpb.Exchange{Home: home[:], Statements: bytesOf(h1.Statements())}))
	f.Add(delimited(f, &rosterpb.Exchange{Home: home[:], Statements: make([][]byte, 131_000)}))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, dialer := range []bool{false, true} {
			formattest.Bounded(t, exchangeMemory, func() {
				_, _ = Exchange(struct {
					*bytes.Reader
					discard
				}{bytes.NewReader(b), discard{}}, h1, dialer)
			})
		}
		if names(h1) != "h1" {
			t.Error("noise changed the roster")
		}
	})
}

// FuzzFile reads what something made of the file: whole, or refused.
func FuzzFile(f *testing.F) {
	golden, _ := everyMessage(f)
	f.Add(golden["file"])
	f.Add(golden["file"][:200])
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > MaxSize {
			return // refused by its size
		}
		formattest.Bounded(t, fileMemory, func() {
			r := newRoster("", newSigner(1))
			if r.decode(b) != nil {
				return
			}
			again, err := encodeFile(r.home, r.all, r.farewells)
			if err != nil {
				t.Errorf("read, and not to be written: %v", err)
			} else if err := newRoster("", newSigner(1)).decode(again); err != nil {
				t.Errorf("written, and not to be read: %v", err)
			}
		})
	})
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }
