package catalogue

import "time"

// Modification times are stored as seconds and nanoseconds: filesystems, and
// peers, know times that 64 bits of nanoseconds do not reach.
type stamp struct{ sec, nanos int64 }

func stampOf(t time.Time) stamp { return stamp{t.Unix(), int64(t.Nanosecond())} }

func (s stamp) time() time.Time { return time.Unix(s.sec, s.nanos).UTC() }
