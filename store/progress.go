package store

import "sync"

// Progress is how far the scan has come.
type Progress struct {
	Scanning         bool
	Files, Hashed    int64 // seen so far; hashed so far
	Bytes, BytesDone int64
}

// progress counts for one folder; unchanged files count as done at once.
type progress struct {
	mu sync.Mutex
	p  Progress
}

// begin forgets the last scan, except what is still being read.
func (p *progress) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.p.Files, p.p.Hashed = p.p.Files-p.p.Hashed, 0
	p.p.Bytes, p.p.BytesDone = p.p.Bytes-p.p.BytesDone, 0
}

func (p *progress) found(size int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.p.Files++
	p.p.Bytes += size
}

func (p *progress) finished(size int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.p.Hashed++
	p.p.BytesDone += size
}

func (p *progress) unchanged(size int64) {
	p.found(size)
	p.finished(size)
}

func (p *progress) unfinished() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.p.Hashed < p.p.Files
}

func (p *progress) get() Progress {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.p
}

// Progress returns the state of the running scan.
func (s *Store) Progress() Progress {
	sum := Progress{Scanning: s.Rebuilding()}
	for _, f := range s.watched() {
		p := f.progress.get()
		state, _ := f.state()
		sum.Scanning = sum.Scanning || state == FolderScanning
		sum.Files += p.Files
		sum.Hashed += p.Hashed
		sum.Bytes += p.Bytes
		sum.BytesDone += p.BytesDone
	}
	return sum
}
