package node_test

import (
	"strings"
	"testing"
	"time"

	"homeroll/node/api"
	"homeroll/node/nodetest"
)

// Between two real nodes, media never come faster than the limit; the limit of one device is found by its name.
func TestLimitHoldsBetweenTwoNodes(t *testing.T) {
	const limit = 200_000
	h := nodetest.New(t)
	a := h.Device("anna")
	b := h.Device("ben", func(d *nodetest.Device) { d.Settings.Limits.PeersDown = []string{"anna = 200 KB/s"} })
	a.Write("large.png", nodetest.Photo("large.png", 1, 400), taken)
	a.Write("small.png", nodetest.Photo("small.png", 2, 50), taken)
	a.Await("knowing its pictures", func(s *api.Status) bool { return s.Library.Items == 2 })
	began := time.Now()
	h.Pair(a, b)
	s := b.AwaitState(api.StateComplete)
	took := time.Since(began).Seconds()
	if s.Vault.Bytes < limit {
		t.Fatalf("only %d bytes: too little to measure", s.Vault.Bytes)
	}
	if most := took*limit + limit/2; float64(s.Vault.Bytes) > most {
		t.Errorf("%d bytes came in %.1f s", s.Vault.Bytes, took)
	}
	sameAs(t, b, a)
}

// In quiet hours nothing travels and the status says until when; resume passes them over.
func TestQuietHoursAreSaidAndCanBePassedOver(t *testing.T) {
	soon := time.Now().Add(2 * time.Hour)
	window := time.Now().Add(-2*time.Hour).Format("15:04") + "-" + soon.Format("15:04")
	h := nodetest.New(t)
	a := h.Device("anna")
	b := h.Device("ben", func(d *nodetest.Device) { d.Settings.Schedule.Quiet = []string{window} })
	a.Write("one.png", nodetest.Photo("one.png", 1, 50), taken)
	h.Pair(a, b)
	s := b.Await("paused and knowing of the picture", func(s *api.Status) bool {
		return s.State == api.StatePaused && s.Incoming.Items != nil && *s.Incoming.Items == 1
	})
	if !strings.Contains(s.Reason, "by the schedule") || !strings.Contains(s.Reason, soon.Format("15:04")) {
		t.Errorf("reason %q", s.Reason)
	}
	if err := b.Client.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := b.AwaitState(api.StateComplete); s.Vault.Items != 1 {
		t.Errorf("%d items", s.Vault.Items)
	}
}
