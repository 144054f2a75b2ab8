package store

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// A batch waits for what is still hashed of a full scan, and not once all of it is.
func TestRecorderDoesNotLingerAfterAScan(t *testing.T) {
	for _, c := range []struct {
		name  string
		going int // scans that go on when this one has ended
		waits time.Duration
	}{
		{"the last", 0, 0},
		{"another goes on", 1, recordLinger},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &Store{hasher: newHasher()}
				r := newRecorder(s)
				for range 1 + c.going {
					s.hasher.burst.begin()
				}
				r.record(context.Background(), fileChange{})
				r.record(context.Background(), fileChange{})
				began := time.Now()
				var batch []fileChange
				done := make(chan struct{})
				go func() {
					defer close(done)
					batch = r.gather(<-r.in, nil)
				}()
				synctest.Wait()
				s.hasher.burst.end()
				<-done
				if took := time.Since(began); took != c.waits || len(batch) != 2 {
					t.Errorf("%d changes after %v, want 2 after %v", len(batch), took, c.waits)
				}
			})
		})
	}
}
