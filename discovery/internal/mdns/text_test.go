package mdns

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/miekg/dns"
	"pgregory.net/rapid"
)

// What is announced arrives unchanged, whatever bytes a friendly name has.
func TestTextSurvivesTheWire(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.String().Draw(t, "value")
		text := Fit("name", value)
		out := &dns.TXT{
			Hdr: dns.RR_Header{Name: "a.local.", Rrtype: dns.TypeTXT, Class: dns.ClassINET},
			Txt: escapeAll([]string{"id=12D3", text}),
		}
		wire := make([]byte, 4096)
		n, err := dns.PackRR(out, wire, 0, nil, false)
		if err != nil {
			t.Fatal(err)
		}
		rr, _, err := dns.UnpackRR(wire[:n], 0)
		if err != nil {
			t.Fatal(err)
		}
		got := parseText(rr.(*dns.TXT).Txt)
		if want := strings.TrimPrefix(text, "name="); got["name"] != want || got["id"] != "12D3" {
			t.Fatalf("%q arrived as %q", want, got)
		}
	})
}

func TestFitKeepsCharactersWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringN(0, 300, -1).Draw(t, "value")
		text := Fit("name", value)
		if len(text) > maxText || (utf8.ValidString(value) && !utf8.ValidString(text)) {
			t.Fatalf("%d bytes: %q", len(text), text)
		}
		if len(value) <= 250 && text != "name="+value {
			t.Fatalf("shortened without need: %q", text)
		}
	})
}

func TestParseTextTakesTheFirstOfAKey(t *testing.T) {
	got := parseText([]string{"ID=a", "id=b", "flag", "=x", ""})
	if len(got) != 2 || got["id"] != "a" {
		t.Errorf("%q", got)
	}
}
