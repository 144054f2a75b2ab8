package wire

import (
	"net"
	"time"
)

// silent is after how long without an acknowledgement the kernel gives a
// connection up; the host's own limit on silence is the same.
const silent = 15 * time.Second

// unsent is how many bytes the kernel takes that it cannot send yet. What lies
// there goes before all that yamux gets later, on any stream: with the usual
// megabytes, a new record would wait behind a large picture for as long as a
// slow link takes to carry them.
const unsent = 128 << 10

// Tune makes the kernel notice a silent partition and keeps its queue short.
// What a platform cannot do is left out: the host's pings notice a partition,
// too.
func Tune(c *net.TCPConn) {
	_ = c.SetKeepAliveConfig(net.KeepAliveConfig{
		Enable:   true,
		Idle:     silent / 3,
		Interval: silent / 3,
		Count:    2,
	})
	userTimeout(c, silent)
	limitUnsent(c, unsent)
}
