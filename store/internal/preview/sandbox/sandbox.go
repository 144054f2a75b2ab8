// Package sandbox runs picture decoders that were compiled to WebAssembly:
// libheif with libde265 for HEIC, libavif with libaom for AVIF. A decoder in
// here sees nothing but its own memory, which is bounded by its caller. Whatever
// it does with hostile bytes, the worst is an error, a wrong picture or lost time.
//
// AVIF is stopped when its context ends, even in an endless loop: its decoder
// was built without longjmp, by which it leaves errors. That makes it four to
// five times slower, so HEIF is stopped only between calls: each decodes one
// picture in one pass, and its time follows from the bytes and the memory given.
//
// The modules are data, not linked code. Where they come from and their
// licences: docs/licences. On amd64 and arm64 they are compiled to machine code
// when first needed, elsewhere they are interpreted, which is some twenty times
// slower.
package sandbox

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

//go:embed heif.wasm.gz
var heifModule []byte

//go:embed avif.wasm.gz
var avifModule []byte

// ErrRefused is returned where the decoder does not take these bytes.
var ErrRefused = errors.New("decoder refuses the picture")

// Codec is a compiled decoder. One call at a time.
type Codec struct {
	module    []byte // gzip
	stoppable bool   // in the middle of a call
	runtime   wazero.Runtime
	compiled  wazero.CompiledModule
}

// HEIF decodes single HEVC coded images in a HEIF container.
func HEIF() *Codec { return &Codec{module: heifModule} }

// AVIF decodes AVIF pictures.
func AVIF() *Codec { return &Codec{module: avifModule, stoppable: true} }

// Close frees the machine code. The codec can be used again.
func (c *Codec) Close() error {
	if c.runtime == nil {
		return nil
	}
	runtime := c.runtime
	c.runtime, c.compiled = nil, nil
	return runtime.Close(context.Background())
}

func (c *Codec) compile(ctx context.Context) error {
	if c.compiled != nil {
		return nil
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(c.module))
	if err != nil {
		return fmt.Errorf("unpack decoder: %w", err)
	}
	module, err := io.ReadAll(unpacked)
	if err != nil {
		return fmt.Errorf("unpack decoder: %w", err)
	}
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCloseOnContextDone(c.stoppable))
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, runtime); err != nil {
		return errors.Join(fmt.Errorf("start sandbox: %w", err), runtime.Close(ctx))
	}
	compiled, err := runtime.CompileModule(ctx, module)
	if err != nil {
		return errors.Join(fmt.Errorf("compile decoder: %w", err), runtime.Close(ctx))
	}
	c.runtime, c.compiled = runtime, compiled
	return nil
}

// Instance is a running decoder with a memory of its own.
type Instance struct {
	module api.Module
	shown  uint32 // memory of the picture that was decoded last; 0 = none
}

// Start starts a decoder that has at most the given bytes of memory.
func (c *Codec) Start(ctx context.Context, memory int) (*Instance, error) {
	if err := c.compile(ctx); err != nil {
		return nil, err
	}
	ctx = experimental.WithMemoryAllocator(ctx, bounded(memory))
	// Without a name, so that no registry of the runtime keeps it.
	module, err := c.runtime.InstantiateModule(ctx, c.compiled, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return nil, fmt.Errorf("start decoder: %w", err)
	}
	return &Instance{module: module}, nil
}

// Close frees the memory; what was read of it must not be used any more.
func (i *Instance) Close() error { return i.module.Close(context.Background()) }

// call calls a function with numbers and returns its one result.
func (i *Instance) call(ctx context.Context, name string, args ...uint64) (uint32, error) {
	results, err := i.module.ExportedFunction(name).Call(ctx, args...)
	if err != nil {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		return 0, fmt.Errorf("run decoder: %w", err)
	}
	return uint32(results[0]), nil
}

// alloc reserves bytes in the decoder's memory.
func (i *Instance) alloc(ctx context.Context, size int) (uint32, error) {
	at, err := i.call(ctx, "malloc", uint64(size))
	if err == nil && at == 0 {
		err = fmt.Errorf("decoder has no room for %d bytes", size)
	}
	return at, err
}

func (i *Instance) free(ctx context.Context, at uint32) {
	// A decoder that cannot free will not start anew either; its caller sees that.
	_, _ = i.module.ExportedFunction("free").Call(ctx, uint64(at))
}

// canvas is memory for a picture. It is kept until the next one, since an
// allocator writes into what is freed, and the picture is a view of it.
func (i *Instance) canvas(ctx context.Context, size int) (uint32, error) {
	if i.shown != 0 {
		i.free(ctx, i.shown)
		i.shown = 0
	}
	at, err := i.alloc(ctx, size)
	if err == nil {
		i.shown = at
	}
	return at, err
}

// put copies data into new memory of the decoder.
func (i *Instance) put(ctx context.Context, data []byte) (uint32, error) {
	at, err := i.alloc(ctx, len(data))
	if err != nil {
		return 0, err
	}
	if !i.module.Memory().Write(at, data) {
		return 0, errors.New("decoder gave memory that it does not have")
	}
	return at, nil
}

// read returns size bytes at an address, as a view.
func (i *Instance) read(at uint32, size int) ([]byte, error) {
	view, ok := i.module.Memory().Read(at, uint32(size))
	if !ok {
		return nil, errors.New("decoder gave memory that it does not have")
	}
	return view, nil
}

// bounded allocates memories up to a number of bytes.
type bounded int

// Allocate implements experimental.MemoryAllocator.
func (b bounded) Allocate(_, _ uint64) experimental.LinearMemory {
	return &memory{limit: uint64(b)}
}

// memory is the one buffer of an instance. All of it is reserved at once, since
// growing would need the old and the new one together.
type memory struct {
	limit  uint64
	buffer []byte
}

// Reallocate implements experimental.LinearMemory; nil refuses.
func (m *memory) Reallocate(size uint64) []byte {
	if size > m.limit {
		return nil
	}
	if m.buffer == nil {
		m.buffer = make([]byte, m.limit)
	}
	return m.buffer[:size:size]
}

// Free implements experimental.LinearMemory.
func (m *memory) Free() { m.buffer = nil }
