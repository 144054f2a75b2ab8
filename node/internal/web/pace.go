package web

import (
	"io"
	"net/http"
	"time"
)

// patience is how long the other end may take to send or take the next part of
// a body. What is slower, but never stops, may take as long as it needs.
const patience = time.Minute

// part is how much is handed to a connection at a time, in bytes: what must be
// taken within patience.
const part = 1 << 20

// paced ends requests of those who stop to send or to take.
func paced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paced := &pacedWriter{w, http.NewResponseController(w)}
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = &pacedBody{r.Body, paced.at}
		}
		paced.leisure()
		// What is buffered goes out after this returns.
		defer paced.hurry()
		next.ServeHTTP(paced, r)
	})
}

// pacedBody gives the other end a new deadline for each part.
type pacedBody struct {
	io.ReadCloser
	at *http.ResponseController
}

func (b *pacedBody) Read(p []byte) (int, error) {
	_ = b.at.SetReadDeadline(time.Now().Add(patience)) // tests have connections without one
	n, err := b.ReadCloser.Read(p)
	_ = b.at.SetReadDeadline(time.Time{})
	return n, err
}

// pacedWriter gives the other end a new deadline for each part. Between parts
// there is none: an answer may take as long as it needs to be thought of.
type pacedWriter struct {
	http.ResponseWriter
	at *http.ResponseController
}

// Unwrap is for http.ResponseController.
func (w *pacedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *pacedWriter) hurry()   { _ = w.at.SetWriteDeadline(time.Now().Add(patience)) } // tests have connections without one
func (w *pacedWriter) leisure() { _ = w.at.SetWriteDeadline(time.Time{}) }

func (w *pacedWriter) Write(p []byte) (done int, err error) {
	defer w.leisure()
	for {
		w.hurry()
		n, err := w.ResponseWriter.Write(p[:min(len(p), part)])
		done += n
		if p = p[n:]; err != nil || len(p) == 0 {
			return done, err
		}
	}
}

// FlushError is for http.ResponseController.
func (w *pacedWriter) FlushError() error {
	w.hurry()
	defer w.leisure()
	return w.at.Flush()
}

// Flush is for those who know http.Flusher alone.
func (w *pacedWriter) Flush() { _ = w.FlushError() }
