package node

import (
	"context"
	"errors"
	"io"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"homeroll/discovery"
	"homeroll/node/api"
	"homeroll/store"
	"homeroll/store/media"
	"homeroll/syncproto"
)

// ErrBenching says that somebody else measures at this moment.
var ErrBenching = errors.New("speeds are being measured already")

// hashTime is how long each of the two measurements of hashing lasts.
const hashTime = time.Second

// MeasureLocal measures what of a device needs no running node: hashing, and the disk of
// the vault, "" for none. Nothing of it stays, also when ctx ends.
func MeasureLocal(ctx context.Context, vault string, emit func(api.BenchEvent)) (*api.BenchInfo, error) {
	b := &bench{emit: emit, info: &api.BenchInfo{Schema: api.Schema, Type: api.EventBench, Links: []api.BenchLink{}, Verdict: []string{}}}
	if err := b.local(ctx, vault); err != nil {
		return nil, err
	}
	b.judge()
	return b.info, nil
}

// bench is one measurement.
type bench struct {
	emit func(api.BenchEvent)
	info *api.BenchInfo
}

func (b *bench) step(what string) { b.emit(api.BenchEvent{Type: api.EventMeasuring, What: what}) }

func (b *bench) local(ctx context.Context, vault string) error {
	cores := runtime.GOMAXPROCS(0)
	b.info.Hash.Cores = cores
	for _, m := range []struct {
		what  string
		cores int
		to    *int64
	}{{"hashing, on one core", 1, &b.info.Hash.OneCore}, {"hashing, on all cores", cores, &b.info.Hash.AllCores}} {
		b.step(m.what)
		speed, err := hashSpeed(ctx, m.cores)
		if err != nil {
			return err
		}
		*m.to = speed
	}
	if vault == "" {
		return nil
	}
	return b.disk(ctx, vault)
}

// endless is a file that does not end, in memory.
type endless struct{ block []byte }

func (e endless) Read(p []byte) (int, error) { return copy(p, e.block), nil }

// hashSpeed hashes as the scan does, on so many cores at once.
func hashSpeed(ctx context.Context, cores int) (int64, error) {
	began := time.Now()
	var all errgroup.Group
	done := make([]int64, cores)
	for i := range cores {
		all.Go(func() error {
			file := endless{make([]byte, media.GroupSize)}
			for time.Since(began) < hashTime {
				it, _, err := media.Hash(ctx, io.LimitReader(file, 32<<20))
				if err != nil {
					return err
				}
				done[i] += it.Size
			}
			return nil
		})
	}
	err := all.Wait()
	var sum int64
	for _, n := range done {
		sum += n
	}
	return int64(float64(sum) / time.Since(began).Seconds()), err
}

func (b *bench) disk(ctx context.Context, vault string) error {
	b.info.Disk = &api.BenchDisk{Path: vault}
	s, err := store.MeasureDisk(ctx, vault, func(what string) { b.step("the disk of the vault: " + what) })
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		b.info.Disk.Problem = err.Error()
	default:
		b.info.Disk.Write, b.info.Disk.Read, b.info.Disk.FilesPerSecond = whole(s.Write), whole(s.Read), whole(s.Files)
	}
	return nil
}

func whole(f float64) *int64 {
	n := int64(f)
	return &n
}

// benching lets one measure at a time.
type benching struct{ running chan struct{} }

func newBenching() benching { return benching{make(chan struct{}, 1)} }

// Bench measures this device and its links to those that are there.
func (c *commands) Bench(ctx context.Context, emit func(api.BenchEvent)) (*api.BenchInfo, error) {
	select {
	case c.benching.running <- struct{}{}:
		defer func() { <-c.benching.running }()
	default:
		return nil, ErrBenching
	}
	b := &bench{emit: emit, info: &api.BenchInfo{Schema: api.Schema, Type: api.EventBench, Running: true, Links: []api.BenchLink{}, Verdict: []string{}}}
	vault := c.node().vaultDir()
	if c.store.VaultAway() {
		vault = ""
	}
	if err := b.local(ctx, vault); err != nil {
		return nil, err
	}
	if err := c.links(ctx, b); err != nil {
		return nil, err
	}
	b.judge()
	return b.info, nil
}

func (c *commands) links(ctx context.Context, b *bench) error {
	limits, _ := c.node().limits(time.Now())
	for _, m := range c.host.Members() {
		if m.Self {
			continue
		}
		_, limited := limits.Peers[m.Device]
		l := api.BenchLink{Device: m.Name, ID: string(m.Device), Online: m.Online, Limited: limited || limits.Up > 0 || limits.Down > 0}
		if m.Online {
			b.step("the link to " + m.Name)
			speed, err := c.exchange.Probe(ctx, m.Device)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				l.Problem = linkProblem(err)
			} else {
				seconds := speed.RoundTrip.Seconds()
				l.RoundTrip, l.Down, l.Up = &seconds, whole(speed.Down), whole(speed.Up)
			}
		}
		b.info.Links = append(b.info.Links, l)
	}
	return nil
}

func linkProblem(err error) string {
	var peer *syncproto.PeerError
	switch {
	case errors.Is(err, syncproto.ErrPaused) && !errors.As(err, &peer):
		return "this device is paused"
	case errors.Is(err, syncproto.ErrPaused):
		return "it is paused"
	case errors.Is(err, syncproto.ErrBusy):
		return "it measures with another device at this moment"
	case errors.Is(err, discovery.ErrRefused):
		return "its version of homeroll cannot measure links: update it"
	}
	return err.Error()
}
