package node

import (
	"time"

	"homeroll/node/config"
	"homeroll/node/policy"
	"homeroll/store/media"
	"homeroll/syncproto"
)

// scheduleOf makes the settings a schedule.
func scheduleOf(s config.Schedule) policy.Schedule {
	return policy.Schedule{Open: hoursOf(s.Open()), Closed: hoursOf(s.Closed())}
}

func hoursOf(windows []config.Window) (h policy.Hours) {
	for _, w := range windows {
		h = append(h, policy.Window(w))
	}
	return h
}

// limits returns what holds at a moment for how fast media travel, and when
// that changes by itself; zero = never. Devices are found by the names that they have
// now.
func (n *Node) limits(now time.Time) (l syncproto.Limits, border time.Time) {
	set := n.cfg.Settings.Limits
	if hours := hoursOf(set.Windows()); len(hours) > 0 {
		in, until := hours.At(now.Local())
		if !in {
			return l, until
		}
		border = until
	}
	l.Up, l.Down = int64(set.Up), int64(set.Down)
	add := func(rates []config.PeerRate, put func(*syncproto.Limit, int64)) {
		for _, r := range rates {
			d, ok := n.deviceNamed(r.Peer)
			if !ok {
				continue // it may join later, or be called so
			}
			if l.Peers == nil {
				l.Peers = map[media.Device]syncproto.Limit{}
			}
			one := l.Peers[d]
			put(&one, int64(r.Rate))
			l.Peers[d] = one
		}
	}
	add(set.UpTo(), func(one *syncproto.Limit, rate int64) { one.Up = rate })
	add(set.DownFrom(), func(one *syncproto.Limit, rate int64) { one.Down = rate })
	return l, border
}

// deviceNamed finds a member by its friendly name or ID.
func (n *Node) deviceNamed(name string) (media.Device, bool) {
	for _, m := range n.host.Members() {
		if !m.Self && (m.Name == name || string(m.Device) == name) {
			return m.Device, true
		}
	}
	return "", false
}
