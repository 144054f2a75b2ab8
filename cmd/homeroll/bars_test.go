package main

import (
	"bytes"
	"strings"
	"testing"

	"homeroll/node/api"
)

// What is drawn after a line about the next state must not speak of the last one.
func TestBarsGoBeforeTheNextStateIsSaid(t *testing.T) {
	left := int64(7 << 20)
	scan := &api.Status{State: api.StateScanning, Progress: api.Progress{Done: 7, Total: 145}}
	receive := &api.Status{State: api.StateBackingUp, Incoming: api.Flow{Bytes: &left}}
	for _, c := range []struct {
		bar       string
		now, then *api.Status
	}{
		{"scanning ", scan, &api.Status{State: api.StateWaiting}},
		{"scanning ", scan, receive},
		{"receiving", receive, &api.Status{State: api.StateComplete}},
	} {
		var screen bytes.Buffer
		v := newBarView(&screen, false)
		v.Status(c.now)
		v.Status(c.then)
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
		before, after, ok := strings.Cut(screen.String(), string(c.then.State))
		if !ok || strings.Contains(after, c.bar+" ") {
			t.Errorf("%q and then %q: drawn %q, then %q", c.now.State, c.then.State, before, after)
		}
	}
}
