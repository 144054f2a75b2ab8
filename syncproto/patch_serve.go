package syncproto

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/klauspost/compress/zstd"
	"google.golang.org/protobuf/encoding/protodelim"

	"homeroll/store/media"
	"homeroll/syncproto/internal/pieces"
	"homeroll/syncproto/internal/wire"
)

// servePatch answers one question and closes the stream.
func (e *Exchange) servePatch(ctx context.Context, peer media.Device, conn net.Conn) error {
	k := e.mediaLink(conn, peer, false, e.cfg.Stall)
	defer k.Close()
	defer context.AfterFunc(ctx, k.drop)()
	n := e.patches.enter(peer, 1)
	defer e.patches.enter(peer, -1)

	m := new(wire.PatchRequest)
	err := (protodelim.UnmarshalOptions{MaxSize: maxPatchRequest}).UnmarshalFrom(bufio.NewReader(k), m)
	if err != nil {
		return &PeerError{peer, "read patch request", decodeError(err)}
	}
	a := &patchAnswer{status: wire.PatchStatus_PATCH_STATUS_BUSY}
	if n <= patchesServed && !e.paused.Load() {
		a = e.findPatch(ctx, m)
		defer a.close()
	}
	if err := a.send(e, k); err != nil && ctx.Err() == nil {
		k.drop()
		return &PeerError{peer, "send patch", err}
	}
	return ctx.Err()
}

// patchAnswer is how an item differs from others.
type patchAnswer struct {
	status  wire.PatchStatus
	src     media.Source // nil if the item is not held
	outline media.Outline
	steps   []step
}

func (a *patchAnswer) close() {
	if a.src != nil {
		_ = a.src.Close()
	}
}

// findPatch compares an item with what was asked about others. Its work is
// bounded by pieces.MaxCut, whatever the size of the item.
func (e *Exchange) findPatch(ctx context.Context, m *wire.PatchRequest) *patchAnswer {
	bases, ok := unpackBases(m)
	if !ok {
		return &patchAnswer{status: wire.PatchStatus_PATCH_STATUS_BAD_REQUEST}
	}
	a := &patchAnswer{status: wire.PatchStatus_PATCH_STATUS_NONE}
	select {
	case e.patches.cutting <- struct{}{}:
		defer func() { <-e.patches.cutting }()
	case <-ctx.Done():
		return a
	}
	var err error
	if a.src, err = e.cfg.Library.Read(ctx, media.ID(m.Id)); err != nil {
		a.src = nil
		return a
	}
	if a.src.Item().Size != int64(m.Size) {
		return a
	}
	if err := a.compare(ctx, m, bases); err != nil {
		e.cfg.Log.Debug("patch not found", "item", a.src.Item().ID, "error", err)
	}
	return a
}

// unpackBases checks a request and returns the keys in it.
func unpackBases(m *wire.PatchRequest) (bases [][]pieces.Key, ok bool) {
	const length = len(pieces.Key{})
	if len(m.Id) != len(media.ID{}) || m.Size > media.MaxItemSize || len(m.Bases) > maxBases || m.Grain < pieces.MinGrain || m.Grain > pieces.MaxGrain {
		return nil, false
	}
	n := 0
	for _, b := range m.Bases {
		if n += len(b) / length; len(b)%length != 0 || n > maxKeys {
			return nil, false
		}
		keys := make([]pieces.Key, 0, len(b)/length)
		for ; len(b) > 0; b = b[length:] {
			keys = append(keys, pieces.Key(b[:length]))
		}
		bases = append(bases, keys)
	}
	return bases, n > 0
}

func (a *patchAnswer) compare(ctx context.Context, m *wire.PatchRequest, bases [][]pieces.Key) error {
	it := a.src.Item()
	layout, err := pieces.Look(a.src, it.Size)
	if err != nil {
		return err
	}
	// Pieces are a quarter of their average at least.
	cut, err := layout.Cut(ctx, int(m.Grain), int(pieces.MaxCut>>m.Grain)*4)
	if err != nil {
		return err
	}
	steps, fresh := write(cut, it.Size, bases)
	if fresh > min(maxFresh, it.Size/2) || len(packRecipe(steps)) > maxRecipe {
		return nil
	}
	if m.Outline && media.Groups(it.Size) > 1 {
		if a.outline, err = a.src.Outline(); err == nil && int64(len(a.outline)) != media.Groups(it.Size) {
			err = fmt.Errorf("outline of %d groups, not %d", len(a.outline), media.Groups(it.Size))
		}
		if err != nil {
			return err
		}
	}
	a.steps, a.status = steps, wire.PatchStatus_PATCH_STATUS_OK
	return nil
}

// send writes the answer.
func (a *patchAnswer) send(e *Exchange, k *link) error {
	w := bufio.NewWriterSize(k, 32<<10)
	if _, err := protodelim.MarshalTo(w, &wire.PatchResponse{Status: a.status, Recipe: packRecipe(a.steps)}); err != nil {
		return fmt.Errorf("send response: %w", err)
	}
	if a.status != wire.PatchStatus_PATCH_STATUS_OK {
		return w.Flush()
	}
	for i := range a.outline {
		if _, err := w.Write(a.outline[i][:]); err != nil {
			return fmt.Errorf("send outline: %w", err)
		}
	}
	if err := a.sendFresh(e, w); err != nil {
		return fmt.Errorf("send fresh bytes: %w", err)
	}
	return w.Flush()
}

// sendFresh writes what no base has as one zstd stream.
func (a *patchAnswer) sendFresh(e *Exchange, w io.Writer) error {
	z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(streamWindow), zstd.WithEncoderCRC(false), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return fmt.Errorf("start compression: %w", err)
	}
	at := int64(0)
	for _, s := range a.steps {
		if !s.copied {
			n, err := io.Copy(z, &pausable{e, io.NewSectionReader(a.src, at, s.length)})
			if err == nil && n < s.length {
				err = io.ErrUnexpectedEOF
			}
			if err != nil {
				return err
			}
			e.out.add(int(n), time.Now())
		}
		at += s.length
	}
	return z.Close()
}

// pausable reads while media may travel.
type pausable struct {
	e *Exchange
	r io.Reader
}

func (p *pausable) Read(b []byte) (int, error) {
	if p.e.paused.Load() {
		return 0, ErrPaused
	}
	return p.r.Read(b)
}
