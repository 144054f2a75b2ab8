//go:build unix

package node

import (
	"errors"
	"syscall"
)

// isTaken reports whether somebody else listens.
func isTaken(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }
