package config

import (
	"fmt"
	"testing"
)

// A variable that looks like a setting and is none is told of, with what may be
// meant; those of the tests and of other programs are not.
func TestVariablesThatNothingReads(t *testing.T) {
	got := Strangers([]string{
		"HOMEROLL_VALT_RESERVE=1GB", "HOMEROLL_BACKUP=x", "HOMEROLL_STATE=/s", "HOMEROLL_VAULT_BUDGET=1GB", "HOMEROLL_LAB_FULL=1",
		"HOMEROLL_COPIES_WANTED=2", "HOMEROLL_TEST_LOG=1", "PATH=/bin", "HOME=/root",
	})
	want := "[{HOMEROLL_VALT_RESERVE HOMEROLL_VAULT_RESERVE} {HOMEROLL_BACKUP }]"
	for i, s := range got {
		if s.String() == "" {
			t.Errorf("%d says nothing", i)
		}
	}
	if text := fmt.Sprint(plainStrangers(got)); text != want {
		t.Errorf("got %s, want %s", text, want)
	}
	for a, b := range map[string]string{"": "abc", "VALT": "VAULTED", "kitten": "sitting"} {
		if n, m := editDistance(a, b), editDistance(b, a); n != 3 || m != 3 {
			t.Errorf("%q and %q are %d and %d apart", a, b, n, m)
		}
	}
}

func plainStrangers(all []Stranger) (plain []struct{ Name, Meant string }) {
	for _, s := range all {
		plain = append(plain, s)
	}
	return plain
}
