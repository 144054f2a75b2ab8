package roster

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"homeroll/store/media"
)

// world is a home in which anything may happen in any order: devices admit,
// remove, leave, countersign, set values, and meet, also those that somebody
// has removed already.
type world struct {
	devices []*Roster
}

func (w *world) pick(t *rapid.T, what string) *Roster {
	return w.devices[rapid.IntRange(0, len(w.devices)-1).Draw(t, what)]
}

func (w *world) add(t *rapid.T, seed byte) *Roster {
	r := newRoster("", newSigner(seed))
	r.save = func(string, media.Home, map[ID]*statement, []farewell) error { return nil }
	if err := r.Found(fmt.Sprint("d", seed)); err != nil {
		t.Fatal(err)
	}
	w.devices = append(w.devices, r)
	return r
}

func gossip(t *rapid.T, from, to *Roster) {
	if from.Home() != to.Home() {
		return
	}
	if _, err := to.Merge(from.Statements()); err != nil {
		t.Fatal(err)
	}
}

func (w *world) act(t *rapid.T) {
	a, b := w.pick(t, "a"), w.pick(t, "b")
	switch rapid.SampledFrom([]string{"admit", "admit", "remove", "leave", "countersign", "set", "meet", "meet"}).Draw(t, "what") {
	case "admit":
		if _, err := a.Admit(b.Self(), fmt.Sprint("name of ", b.Self()), ""); err == nil && !b.IsMember(b.Self()) || b.Home() != a.Home() && a.IsMember(b.Self()) {
			_ = b.Replace(a.Home(), a.Statements())
		}
	case "remove":
		_ = a.Remove(b.Self())
	case "leave":
		_ = a.Leave()
	case "countersign":
		_ = a.Countersign(b.Self())
	case "set":
		_ = a.Set(rapid.SampledFrom([]string{"x", "y"}).Draw(t, "key"), fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "value")))
	case "meet":
		gossip(t, a, b)
	}
}

// Whatever happened, devices that have heard from each other, in whatever
// order and by whatever way, agree on all there is to agree on.
func TestRostersConverge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{}
		for seed := range byte(rapid.IntRange(2, 6).Draw(t, "devices")) {
			r := w.add(t, seed+1)
			if first := w.devices[0]; r != first {
				if _, err := first.Admit(r.Self(), fmt.Sprint("d", seed+1), ""); err != nil {
					t.Fatal(err)
				}
				if err := r.Replace(first.Home(), first.Statements()); err != nil {
					t.Fatal(err)
				}
			}
		}
		for range rapid.IntRange(0, 25).Draw(t, "steps") {
			w.act(t)
		}
		order := rapid.Permutation(w.devices).Draw(t, "order")
		for range order { // any connected graph: along this line, until it is still
			for i := range order[1:] {
				gossip(t, order[i], order[i+1])
				gossip(t, order[i+1], order[i])
			}
		}
		for _, r := range order[1:] {
			agree(t, order[0], r)
		}
		for _, r := range order {
			onlyProper(t, r)
		}
	})
}

func agree(t *rapid.T, a, b *Roster) {
	if a.Digest() != b.Digest() {
		t.Fatal("the sets of statements differ")
	}
	if fmt.Sprint(a.Members()) != fmt.Sprint(b.Members()) {
		t.Fatalf("%v\n%v", a.Members(), b.Members())
	}
	for _, key := range []string{"x", "y"} {
		v, _ := a.Get(key)
		if u, _ := b.Get(key); u != v {
			t.Fatalf("%s is %q and %q", key, v, u)
		}
	}
}

// Each member's chain convinces a device that knows nothing but the removals.
func onlyProper(t *rapid.T, r *Roster) {
	bare := map[ID]*statement{}
	for id, s := range r.all {
		switch s.body.(type) {
		case found, remove, admit: // admissions, so that removers are reached
			bare[id] = s
		}
	}
	for _, m := range r.Members() {
		chain, err := r.Chain(m.Device)
		if err != nil {
			t.Fatal(err)
		}
		next, _ := merge(r.home, bare, chain)
		if next == nil {
			next = bare
		}
		if got := evaluate(next).members[m.Device]; got.Epoch != m.Epoch {
			t.Fatalf("chain of %s does not prove its admission", m.Device.Short())
		}
	}
}

// A removal is never undone by anything but a later admission.
func TestRemovalIsFinal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{}
		a, b, c := w.add(t, 1), w.add(t, 2), w.add(t, 3)
		for _, r := range []*Roster{b, c} {
			if _, err := a.Admit(r.Self(), fmt.Sprint("d", r.Self()), ""); err != nil {
				t.Fatal(err)
			}
			if err := r.Replace(a.Home(), a.Statements()); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.Remove(c.Self()); err != nil {
			t.Fatal(err)
		}
		stranger := w.add(t, 4)
		w.devices = []*Roster{b, c} // b is off, c does not know, or does not care
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				_, _ = c.Admit(stranger.Self(), "stranger", "")
			case 1:
				_ = c.Countersign(stranger.Self())
			case 2:
				_ = c.Set("x", "by c")
			case 3:
				gossip(t, c, b)
			}
		}
		gossip(t, b, a)
		gossip(t, c, a)
		gossip(t, a, b)
		for _, r := range []*Roster{a, b} {
			if r.IsMember(c.Self()) || r.IsMember(stranger.Self()) {
				t.Fatal("the removed device has company")
			}
			if v, _ := r.Get("x"); v != "" {
				t.Fatal("the removed device has a say")
			}
		}
	})
}
