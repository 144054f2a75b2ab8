package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"homeroll/store/internal/disk"
)

// DiskSpeed is how fast a disk is for what a vault does with it.
type DiskSpeed struct {
	Write float64 // bytes a second, one file in sequence, synced
	Read  float64 // bytes a second, the same file; from memory where the system keeps it there
	Files float64 // small files a second: written, synced, renamed, their directory synced
}

// What MeasureDisk writes at most, and for how long at most it does each of its
// three parts.
const (
	measureBytes = 256 << 20
	measureBlock = 1 << 20
	measureFile  = 64 << 10
	measureFiles = 2048
	measureTime  = 4 * time.Second
	measureTenth = 10 // part of the free space that is not exceeded
)

// measurePrefix begins the directories that MeasureDisk makes.
const measurePrefix = "bench-"

// ErrNoRoom says that too little is free to measure a disk.
var ErrNoRoom = errors.New("too little space is free to measure the disk")

// MeasureDisk measures the disk of a vault, or of any directory, with files of
// its own in a hidden directory, which it removes, also when ctx ends. What an
// earlier one left behind that was killed is removed, too. step is told what
// begins.
func MeasureDisk(ctx context.Context, dir string, step func(string)) (s DiskSpeed, err error) {
	room, err := disk.RoomOf(dir)
	if err != nil {
		return s, fmt.Errorf("look at the disk: %w", err)
	}
	bytes := min(int64(measureBytes), room.Free/measureTenth)
	if bytes < 16*measureBlock {
		return s, ErrNoRoom
	}
	// A vault is never scanned, and what is hidden in it is nobody's picture.
	hidden := filepath.Join(dir, ".homeroll")
	if _, err := os.Stat(hidden); err != nil {
		hidden = dir
	}
	tmp, err := measureDir(hidden)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	m := &measurement{dir: tmp, step: step, block: make([]byte, measureBlock)}
	_, _ = rand.NewChaCha8([32]byte{2}).Read(m.block)
	for _, part := range []func(context.Context) error{
		func(ctx context.Context) (err error) { s.Write, err = m.write(ctx, bytes); return },
		func(ctx context.Context) (err error) { s.Read, err = m.read(ctx); return },
		func(ctx context.Context) (err error) { s.Files, err = m.files(ctx); return },
	} {
		if err := part(ctx); err != nil {
			return s, fmt.Errorf("measure disk: %w", err)
		}
	}
	return s, nil
}

// measureDir makes a directory whose name tells the process, after removing
// those of processes that cannot run any more: older than any measurement lasts.
func measureDir(in string) (string, error) {
	left, _ := filepath.Glob(filepath.Join(in, "."+measurePrefix+"*"))
	for _, old := range left {
		if info, err := os.Lstat(old); err == nil && info.IsDir() && time.Since(info.ModTime()) > time.Hour {
			_ = os.RemoveAll(old)
		}
	}
	tmp, err := os.MkdirTemp(in, "."+measurePrefix+strconv.Itoa(os.Getpid())+"-")
	if err != nil {
		return "", fmt.Errorf("make a directory to measure in: %w", err)
	}
	return tmp, nil
}

// measurement is one of a disk.
type measurement struct {
	dir   string
	step  func(string)
	block []byte
}

func (m *measurement) large() string { return filepath.Join(m.dir, "large") }

// write writes and syncs one file.
func (m *measurement) write(ctx context.Context, bytes int64) (float64, error) {
	m.step("writing")
	f, err := os.OpenFile(m.large(), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	began, written := time.Now(), int64(0)
	for written < bytes && time.Since(began) < measureTime {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n, err := f.Write(m.block)
		if err != nil {
			return 0, err
		}
		written += int64(n)
	}
	if err := f.Sync(); err != nil {
		return 0, err
	}
	return speedOf(written, began), nil
}

// read reads that file, from the disk where the system can be asked to.
func (m *measurement) read(ctx context.Context) (float64, error) {
	m.step("reading")
	f, err := os.Open(m.large())
	if err != nil {
		return 0, err
	}
	defer f.Close()
	disk.Forget(f)
	began, read := time.Now(), int64(0)
	for time.Since(began) < measureTime {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n, err := io.ReadFull(f, m.block)
		read += int64(n)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return 0, err
		}
	}
	return speedOf(read, began), nil
}

// files commits small files as the vault does: many synced at once, one sync of the
// directory for all.
func (m *measurement) files(ctx context.Context) (float64, error) {
	m.step("committing small files")
	dir, err := os.Open(m.dir)
	if err != nil {
		return 0, err
	}
	defer dir.Close()
	began, done := time.Now(), 0
	for done < measureFiles && time.Since(began) < measureTime {
		if err := m.batch(ctx, done); err != nil {
			return 0, err
		}
		if err := disk.SyncDir(dir); err != nil {
			return 0, err
		}
		done += parallelSyncs
	}
	return float64(done) / max(time.Since(began).Seconds(), 1e-9), nil
}

func (m *measurement) batch(ctx context.Context, first int) error {
	all, ctx := errgroup.WithContext(ctx)
	for i := range parallelSyncs {
		all.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return m.file(filepath.Join(m.dir, strconv.Itoa(first+i)))
		})
	}
	return all.Wait()
}

func (m *measurement) file(path string) error {
	f, err := os.OpenFile(path+".tmp", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(m.block[:measureFile])
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}

func speedOf(bytes int64, began time.Time) float64 {
	return float64(bytes) / max(time.Since(began).Seconds(), 1e-9)
}
