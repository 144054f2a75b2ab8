package node

import (
	"errors"

	"golang.org/x/sys/windows"
)

// isTaken reports whether somebody else listens, or the system keeps the port.
func isTaken(err error) bool {
	return errors.Is(err, windows.WSAEADDRINUSE) || errors.Is(err, windows.WSAEACCES)
}
