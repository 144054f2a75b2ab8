package vault

import (
	"sync"

	"homeroll/store/media"
)

// Large files are written a little behind what has come and been verified, in
// chunks of several groups: then whoever reads from the network does not wait for the
// disk, and the disk gets what it writes fastest. What is on its way is in memory
// only, and is lost with the process, so it is kept short for each file.
const (
	chunkLen    = 4 * media.GroupSize // bytes
	fileChunks  = 4                   // of one file that are being written
	vaultChunks = 16                  // of all files, also those that fill
)

// chunk is what is written at once.
type chunk struct {
	buf *[chunkLen]byte
	n   int   // bytes
	at  int64 // in the file
}

var chunkBuffers = sync.Pool{New: func() any { return new([chunkLen]byte) }}

// written is a chunk that was written, or could not be.
type written struct {
	first, groups int64
	err           error
}

// outbox writes one file from a goroutine of its own, in the order of putting. It is
// not safe for concurrent use. After put, call drain before the file is closed.
type outbox struct {
	f       *groupFile
	places  chan struct{} // of the vault: a token for each chunk
	filling *chunk
	flying  int
	queue   chan *chunk // nil while the goroutine does not run
	done    chan written
}

// put takes a copy of a group, false if there is no place for it: then it is to be
// written at once. It waits while much of the file is being written.
func (o *outbox) put(group []byte, at int64) bool {
	if c := o.filling; c != nil && (c.at+int64(c.n) != at || c.n+len(group) > chunkLen) {
		o.send()
	}
	if o.filling == nil {
		select {
		case o.places <- struct{}{}:
		default:
			return false
		}
		o.filling = &chunk{buf: chunkBuffers.Get().(*[chunkLen]byte), at: at}
	}
	o.filling.n += copy(o.filling.buf[o.filling.n:], group)
	if o.filling.n == chunkLen {
		o.send()
	}
	return true
}

// full reports that the next of what was written is to be taken before anything is
// put.
func (o *outbox) full() bool { return o.flying == fileChunks }

// send has what fills written. The last chunk of a file may go beyond what is full.
func (o *outbox) send() {
	if o.filling == nil {
		return
	}
	if o.queue == nil {
		o.queue, o.done = make(chan *chunk, fileChunks+1), make(chan written, fileChunks+1)
		go o.run(o.queue, o.done)
	}
	o.flying++
	o.queue <- o.filling
	o.filling = nil
}

func (o *outbox) run(queue <-chan *chunk, done chan<- written) {
	for c := range queue {
		err := o.f.write(c.buf[:c.n], c.at)
		chunkBuffers.Put(c.buf)
		<-o.places
		done <- written{c.at / media.GroupSize, media.Groups(int64(c.n)), err}
	}
}

// take returns what was written next, and waits for it if need be; false if nothing is
// being written.
func (o *outbox) take(wait bool) (w written, ok bool) {
	if o.flying == 0 {
		return w, false
	}
	if wait {
		w = <-o.done
	} else {
		select {
		case w = <-o.done:
		default:
			return w, false
		}
	}
	o.flying--
	return w, true
}

// end lets the goroutine end when it has written what was put.
func (o *outbox) end() {
	if o.queue != nil {
		close(o.queue)
		o.queue = nil
	}
}
