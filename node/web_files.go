package node

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificateFiles are a certificate and a key that the user keeps, and renews.
type certificateFiles struct {
	cert, key string
	log       *slog.Logger

	mu     sync.Mutex
	pair   *tls.Certificate
	looked time.Time // when the files were last looked at
	of     [2]time.Time
}

// lookAtFiles is how often it is looked whether the files are new.
const lookAtFiles = time.Minute

// load reads the files.
func (f *certificateFiles) load() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.loadLocked()
}

func (f *certificateFiles) loadLocked() error {
	f.looked = time.Now()
	var of [2]time.Time
	for i, path := range []string{f.cert, f.key} {
		info, err := os.Stat(path)
		if err != nil {
			return fmt.Errorf("read certificate: %w", err)
		}
		of[i] = info.ModTime()
	}
	if f.pair != nil && of == f.of {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return fmt.Errorf("read certificate: %w", err)
	}
	f.pair, f.of = &pair, of
	return nil
}

// certificate returns the pair as it is now; the last good one where the files
// are bad.
func (f *certificateFiles) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.looked) > lookAtFiles {
		if err := f.loadLocked(); err != nil {
			f.log.Error("the page goes on with its earlier certificate", "error", err)
		}
	}
	return f.pair, nil
}
