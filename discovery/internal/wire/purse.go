package wire

import (
	"errors"
	"sync"
)

// ErrMemory reports a purse that is empty.
var ErrMemory = errors.New("memory limit reached")

// Purse is an amount of receive-buffer memory that several connections share.
// Safe for concurrent use.
type Purse struct {
	limit int // bytes

	mu   sync.Mutex
	used int
}

// NewPurse returns a purse of limit bytes.
func NewPurse(limit int) *Purse { return &Purse{limit: limit} }

// Used is how many bytes are reserved now.
func (p *Purse) Used() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.used
}

// reserve takes n bytes. What only makes a stream faster (yamux gives it a
// lower priority than 255) may use half of the purse, so that growth never
// keeps a new stream from opening.
func (p *Purse) reserve(n int, priority uint8) error {
	limit := p.limit
	if priority < 255 {
		limit /= 2
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.used+n > limit {
		return ErrMemory
	}
	p.used += n
	return nil
}

func (p *Purse) release(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.used -= n
}

// smallest is the window that yamux reserves for a new stream, whatever it then gives.
const smallest = 256 << 10

// span is the memory of one stream; yamux's MemoryManager.
type span struct {
	purse *Purse

	mu    sync.Mutex
	used  int
	extra int // to be reserved with what comes first
}

func (s *span) ReserveMemory(n int, priority uint8) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.purse.reserve(n+s.extra, priority); err != nil {
		return err
	}
	s.used += n + s.extra
	s.extra = 0
	return nil
}

func (s *span) ReleaseMemory(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n = min(n, s.used)
	s.used -= n
	s.purse.release(n)
}

// Done gives everything back; yamux may call it more than once.
func (s *span) Done() { s.ReleaseMemory(int(^uint(0) >> 1)) }
