package need

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// ending is a test that can be looked at when it has ended.
type ending struct {
	testing.TB
	skipped, failed string
}

func (e *ending) Helper() {}

func (e *ending) Skip(args ...any) {
	e.skipped = fmt.Sprint(args...)
	runtime.Goexit()
}

func (e *ending) Fatal(args ...any) {
	e.failed = fmt.Sprint(args...)
	runtime.Goexit()
}

func TestWhatIsMissingFailsWhereAllMustBeHere(t *testing.T) {
	for _, tc := range []struct{ value, skipped, failed string }{
		{"", "no-such-program is not here", ""},
		{"0", "no-such-program is not here", ""},
		{"1", "", "no-such-program is not here"},
	} {
		t.Setenv(variable, tc.value)
		e := &ending{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			Tool(e, "no-such-program")
		}()
		<-done
		if e.skipped != tc.skipped || !strings.HasSuffix(e.failed, tc.failed) || tc.failed == "" && e.failed != "" {
			t.Errorf("%s=%q: skipped %q, failed %q", variable, tc.value, e.skipped, e.failed)
		}
	}
}
