package discovery

import (
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"homeroll/discovery/internal/links"
)

// Two devices that connect to each other at the same moment must end with the
// same connection, in whatever order they hear of the two.
func TestBothSidesKeepTheSameConnection(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Each side learns of the lower's and of the higher's connection, as
		// acceptor of the one and dialer of the other.
		lowerSees := rapid.Permutation([]string{"own", "theirs"}).Draw(t, "lower")
		higherSees := rapid.Permutation([]string{"own", "theirs"}).Draw(t, "higher")
		end := func(events []string, weAreTheLower bool) string {
			kept := ""
			for _, e := range events {
				byLower := (e == "own") == weAreTheLower
				name := map[bool]string{true: "lower's", false: "higher's"}[byLower]
				if e == "own" { // the other side accepted it; that is final
					if kept == "" || byLower {
						kept = name
					}
					continue
				}
				v := judge(rival{
					exists: kept != "", oldByLower: kept == "lower's", newByLower: byLower,
					dialing: kept == "", weAreTheLower: weAreTheLower,
				})
				if v == takeNew {
					kept = name // askOld finds it alive here
				}
			}
			return kept
		}
		if a, b := end(lowerSees, true), end(higherSees, false); a != "lower's" || b != "lower's" {
			t.Fatalf("lower keeps %s, higher keeps %s", a, b)
		}
	})
}

func TestJudge(t *testing.T) {
	rows := []struct {
		name string
		r    rival
		want verdict
	}{
		{"nothing in place", rival{}, takeNew},
		{"nothing in place, the lower dials, too", rival{dialing: true, weAreTheLower: true}, keepOld},
		{"nothing in place, the higher dials, too", rival{dialing: true, newByLower: true}, takeNew},
		{"the lower's beats the higher's", rival{exists: true, newByLower: true}, takeNew},
		{"the lower dials again", rival{exists: true, oldByLower: true, newByLower: true}, takeNew},
		{"the higher dials again", rival{exists: true, weAreTheLower: true}, takeNew},
		{"the higher's against the lower's", rival{exists: true, oldByLower: true, weAreTheLower: true}, askOld},
	}
	for _, r := range rows {
		if got := judge(r.r); got != r.want {
			t.Errorf("%s: %v, want %v", r.name, got, r.want)
		}
	}
}

// A healed network must be noticed within 20 s: the longest pause and one
// attempt that began just before.
func TestBackoffStaysShort(t *testing.T) {
	var b backoff
	for range 1000 {
		if w := b.next(); w <= 0 || w+politeness+dialTimeout > 20*time.Second {
			t.Fatalf("waits %v", w)
		}
	}
}

func TestSlept(t *testing.T) {
	now := time.Now()
	for gap, want := range map[time.Duration]bool{
		clockTick: false, 5 * time.Second: false, 30 * time.Second: true, 8 * time.Hour: true,
	} {
		if got := slept(now, now.Add(gap)); got != want {
			t.Errorf("gap of %v: %v", gap, got)
		}
	}
	if slept(now, now.Round(0).Add(-time.Hour)) {
		t.Error("a clock set back is no sleep")
	}
}

func TestExpandLinkLocalOnceForEachLink(t *testing.T) {
	link := func(name string, addrs ...string) links.Link {
		l := links.Link{Interface: net.Interface{Name: name}}
		for _, a := range addrs {
			l.Addresses = append(l.Addresses, netip.MustParseAddr(a))
		}
		return l
	}
	up := []links.Link{link("eth0", "fe80::1", "10.0.0.1"), link("wlan0", "fe80::2"), link("old0", "10.1.0.1")}
	got := expand([]string{"[fe80::9]:1", "10.0.0.9:1", "[2001:db8::9]:1", "10.0.0.9:1", "nas.local:1", "[fe80::8%usb0]:1"}, up)
	want := []string{"[fe80::9%eth0]:1", "[fe80::9%wlan0]:1", "10.0.0.9:1", "[2001:db8::9]:1", "nas.local:1", "[fe80::8%usb0]:1"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	var many []string
	for i := range 100 {
		many = append(many, netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), 1).String())
	}
	if n := len(expand(many, up)); n != maxDials {
		t.Errorf("%d dials at once", n)
	}
}

func TestHostPort(t *testing.T) {
	for typed, want := range map[string]string{
		"nas": "nas:8471", "nas:1": "nas:1", "10.0.0.1": "10.0.0.1:8471", "10.0.0.1:9": "10.0.0.1:9",
		"::1": "[::1]:8471", "[::1]": "[::1]:8471", "[fe80::1%eth0]:7": "[fe80::1%eth0]:7", "fe80::1%eth0": "[fe80::1%eth0]:8471",
		"": "", ":8471": "", "a:b": "", "a:": "", "a:70000": "", "a:1:2": "", "http://a": "",
	} {
		got, err := HostPort(typed, DefaultPort)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", typed, got, err, want)
		}
	}
}

func TestTallyKeepsBothLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tl := newTally[int](5, 2)
		held := map[int]int{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			k := rapid.IntRange(0, 4).Draw(t, "key")
			if rapid.Bool().Draw(t, "take") {
				total := 0
				for _, n := range held {
					total += n
				}
				if got, want := tl.take(k), total < 5 && held[k] < 2; got != want {
					t.Fatalf("take with %v held: %v", held, got)
				} else if got {
					held[k]++
				}
			} else if held[k] > 0 {
				tl.give(k)
				held[k]--
			}
		}
	})
}

func TestSourceGroupsByNetwork(t *testing.T) {
	same := func(a, b string) bool { return source(netip.MustParseAddr(a)) == source(netip.MustParseAddr(b)) }
	if !same("2001:db8::1", "2001:db8::ffff:2") || same("2001:db8::1", "2001:db8:0:1::1") {
		t.Error("IPv6 counts by /64")
	}
	if !same("10.0.0.1", "::ffff:10.0.0.1") || same("10.0.0.1", "10.0.0.2") {
		t.Error("IPv4 counts by address")
	}
	if same("fe80::1", "fe80::2") || !same("fe80::1%eth0", "fe80::1%eth1") {
		t.Error("link-local counts by address")
	}
}
