package mdns

import (
	"bytes"
	"io"
	"log"
	"log/slog"
	"sync"
)

// The DNS-SD library has no logger to set: it writes to the standard log
// package, and so onto people's terminals, about every interface on which a
// query did not work. There is nothing they could do about it; this package
// tries again anyway.
var (
	quietly sync.Once
	// chatter are the marks of its lines.
	chatter = [][]byte{[]byte("[zeroconf]"), []byte("zeroconf:"), []byte("mdns:"), []byte("bonjour:")}
)

// keepQuiet takes the library's lines out of the standard logger, which is the
// process's: everything else goes on to wherever it went before. The lines of
// all services go to the first one's log.
func keepQuiet(to *slog.Logger) {
	if to.Handler() == slog.Default().Handler() {
		to = slog.New(slog.DiscardHandler) // that one may write to the logger that is locked meanwhile
	}
	quietly.Do(func() { log.SetOutput(&sieve{on: log.Writer(), to: to}) })
}

// sieve lets pass what the library did not write. The standard logger calls it
// once a line, and not concurrently.
type sieve struct {
	on io.Writer
	to *slog.Logger
}

func (s *sieve) Write(line []byte) (int, error) {
	for _, mark := range chatter {
		if bytes.Contains(line, mark) {
			s.to.Debug("multicast DNS", "says", string(bytes.TrimSpace(line)))
			return len(line), nil
		}
	}
	return s.on.Write(line)
}
