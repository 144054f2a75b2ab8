package node

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"homeroll/node/api"
)

// commands is the node as the control socket sees it.
type commands Node

func (c *commands) node() *Node { return (*Node)(c) }

// Status returns the status now.
func (c *commands) Status(ctx context.Context) (*api.Status, error) { return c.node().Status(ctx) }

// Limits of following: how often a status is told at most, and how often it is
// looked at although nothing is known to have changed, for rates and ages.
const (
	followPause = 250 * time.Millisecond
	followTick  = time.Second
)

// Follow tells the status now and whenever it differs.
func (c *commands) Follow(ctx context.Context, emit func(*api.Status) error) error {
	var last []byte
	for {
		levels := [...]<-chan struct{}{c.store.Changed(), c.host.Changed(), c.pause.changed.wait(), c.transfers.changed.wait()}
		status, err := c.Status(ctx)
		if err != nil {
			return err
		}
		text, err := json.Marshal(status)
		if err != nil {
			return fmt.Errorf("encode status: %w", err)
		}
		if !bytes.Equal(text, last) {
			if err := emit(status); err != nil {
				return err
			}
			last = text
		}
		if !sleep(ctx, followPause) {
			return ctx.Err()
		}
		tick := time.NewTimer(followTick - followPause)
		select {
		case <-ctx.Done():
		case <-levels[0]:
		case <-levels[1]:
		case <-levels[2]:
		case <-levels[3]:
		case <-tick.C:
		}
		tick.Stop()
	}
}

// Pause stops fetching and serving of media; 0 = until Resume.
func (c *commands) Pause(_ context.Context, d time.Duration) error {
	if d < 0 {
		return usage("a pause cannot last less than nothing", "give a time such as 2h")
	}
	var until time.Time
	if d > 0 {
		until = time.Now().Add(d)
	}
	return c.pause.set(until)
}

// Resume ends a pause.
func (c *commands) Resume(context.Context) error { return c.pause.clear(time.Now()) }

// Problems returns everything that is stuck, then what cannot be shown, and what is not backed up.
func (c *commands) Problems(ctx context.Context) ([]api.Problem, []api.Skipped, error) {
	all := slices.Concat(c.store.Problems(), c.transfers.openProblems(), c.borrower.openProblems())
	notes, err := c.store.Notes(ctx)
	if err != nil {
		return nil, nil, err
	}
	return problemDocs(append(all, notes...)), skippedDocs(c.store.Skipped()), nil
}

// Retry looks again at all that is stuck, or only at these files.
func (c *commands) Retry(ctx context.Context, paths []string) error {
	if len(paths) == 0 {
		c.transfers.retry()
	}
	return c.store.Retry(ctx, paths)
}

// Setting reads a value that the whole home shares.
func (c *commands) Setting(_ context.Context, key string) (string, error) {
	if key != copiesWanted {
		return "", unknownSetting(key)
	}
	return strconv.Itoa(c.node().wantedCopies()), nil
}

// SetSetting sets a value that the whole home shares.
func (c *commands) SetSetting(ctx context.Context, key, value string) error {
	if key != copiesWanted {
		return unknownSetting(key)
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > maxCopies {
		return usage(fmt.Sprintf("%s = %q: want a number from 1 to %d", key, value, maxCopies), "2 is the default")
	}
	return c.host.SetSetting(ctx, key, strconv.Itoa(n))
}

func unknownSetting(key string) error {
	return usage(fmt.Sprintf("the home shares no setting %q", key), "the only one is "+copiesWanted)
}
