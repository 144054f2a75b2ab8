package web

import "time"

// What one request may take before it is known whose it is.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 32 << 10 // bytes
	maxBody       = 1 << 20  // bytes of JSON
)
