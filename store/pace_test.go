package store

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestSendingEndsThoughTheClockIsPutBack(t *testing.T) {
	var s sending
	if s.lately() {
		t.Error("before anything was sent")
	}
	s.now()
	if !s.lately() {
		t.Error("not when something was just sent")
	}
	s.last.Store(time.Now().Add(time.Hour).UnixNano())
	if s.lately() {
		t.Error("for an hour after the clock was put back")
	}
}

func TestARestIsNoLongerThanWhatIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		percent := func() int {
			if time.Since(began) < 3*time.Second {
				return busyCPU
			}
			return defaultCPU
		}
		if !restAfter(context.Background(), time.Second, percent) {
			t.Error("it was interrupted")
		}
		if rested := time.Since(began); rested != 3*time.Second {
			t.Errorf("rested %v after a second of work, as something was busy for 3 s", rested)
		}
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		if restAfter(ended, time.Second, percent) {
			t.Error("it goes on though it was ended")
		}
	})
}
