package store

import (
	"testing"
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
