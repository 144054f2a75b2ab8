package discovery

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"homeroll/discovery/internal/mdns"
	"homeroll/discovery/internal/pairing"
)

// A code that no device shows is a wrong one where other devices are in sight,
// and a matter of the network where none is.
func TestACodeThatNobodyShows(t *testing.T) {
	entry := func(id string, text ...string) mdns.Entry {
		e := mdns.Entry{Port: 1, Text: map[string]string{txtID: id}}
		for i := 0; i < len(text); i += 2 {
			e.Text[text[i]] = text[i+1]
		}
		return e
	}
	h := openHost(t, newConfig(t, "h"))
	own := homeTag(h.Home())
	var crowd []mdns.Entry
	for i := range 500 {
		crowd = append(crowd, entry(fmt.Sprint(i), txtHome, "x"))
	}
	rows := []struct {
		name  string
		sees  []mdns.Entry
		want  error
		words string
	}{
		{"nobody", nil, ErrNotFound, "--at"},
		{"one of its own home", []mdns.Entry{entry("a", txtHome, own)}, ErrNotFound, "--at"},
		{"another home", []mdns.Entry{entry("a", txtHome, "x"), entry("a", txtHome, "x")}, ErrWrongCode, "begins with K7: it is mistyped, or its window has closed; 1 other device was found"},
		{"other windows", []mdns.Entry{entry("a", txtHome, "x", txtNameplate, "M3"), entry("b", txtHome, own, txtNameplate, "K8")}, ErrExpired, "2 other devices were found"},
		{"a crowd", crowd, ErrWrongCode, fmt.Sprint(maxOthers, " other devices")},
	}
	code, err := pairing.ParseCode("K7-4MP-X2R")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				found := make(chan mdns.Entry)
				go func() {
					for _, e := range row.sees {
						found <- e
					}
				}()
				_, err := h.joinAmong(t.Context(), code, JoinRequest{}, found, huntTime)
				if !errors.Is(err, row.want) || !strings.Contains(err.Error(), row.words) {
					t.Fatal(err)
				}
				if errors.Is(err, ErrNotFound) && errors.Is(err, ErrWrongCode) {
					t.Errorf("both: %v", err)
				}
			})
		})
	}
}
