package main

import (
	"log/slog"
	"testing"

	"homeroll/node/config"
)

// A text log leaves out what the view says itself, unless somebody asks for it.
func TestLogLevels(t *testing.T) {
	for _, tc := range []struct {
		configured string
		machine    bool
		want       slog.Level
	}{
		{config.LevelAuto, false, slog.LevelWarn},
		{config.LevelAuto, true, slog.LevelInfo},
		{"info", false, slog.LevelInfo},
		{"debug", true, slog.LevelDebug},
		{"error", true, slog.LevelError},
	} {
		if got := logLevel(tc.configured, tc.machine); got != tc.want {
			t.Errorf("%q, JSON %v: %v, want %v", tc.configured, tc.machine, got, tc.want)
		}
	}
	if level := config.Default().Log.Level; level != config.LevelAuto {
		t.Errorf("the default is %q", level)
	}
}
