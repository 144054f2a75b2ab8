package config

import (
	"fmt"
	"strings"
)

// Error is a setting that cannot be: where it stands, what it says, and what
// would be accepted.
type Error struct {
	Source   string // a file's path or an environment variable; "" = given directly
	Line     int    // in the file, from 1; 0 = none
	Key      string // "vault.budget"; "" if the file is not TOML at all
	Value    string
	Problem  string // "is not a size", "is unknown"
	Accepted string // what is accepted, for people
}

// Error says the place, the key, the value and the problem in one line.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Source != "" {
		b.WriteString(e.Source)
		if e.Line > 0 {
			fmt.Fprintf(&b, ":%d", e.Line)
		}
		b.WriteString(": ")
	}
	if e.Key != "" {
		b.WriteString(e.Key + " ")
	}
	if e.Value != "" {
		fmt.Fprintf(&b, "= %s ", e.Value)
	}
	b.WriteString(e.Problem)
	return b.String()
}

// Hint says what is accepted.
func (e *Error) Hint() string {
	if e.Accepted == "" {
		return ""
	}
	return "accepted: " + e.Accepted
}
