package wire

import (
	"net"
	"time"
)

// silent is after how long without an acknowledgement the kernel gives a
// connection up; the host's own limit on silence is the same.
const silent = 15 * time.Second

// Tune makes the kernel notice a silent partition. What a platform cannot do
// is left out: the host's pings notice it, too.
func Tune(c *net.TCPConn) {
	_ = c.SetKeepAliveConfig(net.KeepAliveConfig{
		Enable:   true,
		Idle:     silent / 3,
		Interval: silent / 3,
		Count:    2,
	})
	userTimeout(c, silent)
}
