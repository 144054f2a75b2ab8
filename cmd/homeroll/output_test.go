package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

// One very long cell does not pad the others, and nothing of it is lost.
func TestTableWithAVeryLongCell(t *testing.T) {
	var b bytes.Buffer
	a := &app{out: &b}
	long := strings.Repeat("d/", 1500)
	if err := a.table([][]string{{"WHAT", "WHY"}, {"short\tpath", "reason"}, {long, "reason"}}); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), "WHAT        WHY\nshort path  reason\n"+long+"  reason\n"; got != want {
		t.Errorf("got %q", got)
	}
	cut := middleCut("/home/anna/"+long+"/IMG_1.jpg", longestPlace)
	if n := utf8.RuneCountInString(cut); n != longestPlace || !strings.HasPrefix(cut, "/home/anna/") || !strings.HasSuffix(cut, "/IMG_1.jpg") {
		t.Errorf("%d characters: %s", n, cut)
	}
	if s := strings.Repeat("é", longestPlace); middleCut(s, longestPlace) != s {
		t.Error("what fits is cut")
	}
}

// A command in a hint meets the node that was asked; one for another device, or
// one that says where already, stays.
func TestHintsCarryTheState(t *testing.T) {
	a := &app{state: "/my state"}
	for hint, want := range map[string]string{
		"rename it, then: homeroll problems retry":         "rename it, then: homeroll --state '/my state' problems retry",
		"homeroll folders lists them; see homeroll status": "homeroll --state '/my state' folders lists them; see homeroll --state '/my state' status",
		"run homeroll problems on nas":                     "run homeroll problems on nas",
		"homeroll devices, on a device of the home, lists": "homeroll devices, on a device of the home, lists",
		"start one: homeroll run --state /x":               "start one: homeroll run --state /x",
		"see homeroll vault --help":                        "see homeroll vault --help",
		"homeroll pair on the other one":                   "homeroll pair on the other one",
	} {
		if got := a.withState(hint); got != want {
			t.Errorf("%q becomes %q", hint, got)
		}
		if got := new(app).withState(hint); got != hint {
			t.Errorf("without a state, %q becomes %q", hint, got)
		}
	}
}
