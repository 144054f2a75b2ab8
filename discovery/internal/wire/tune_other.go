//go:build !linux

package wire

import (
	"net"
	"time"
)

func userTimeout(*net.TCPConn, time.Duration) {}
