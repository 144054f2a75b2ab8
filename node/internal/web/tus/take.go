package tus

import (
	"crypto/sha1" //nolint:gosec // G505: the protocol asks for it, against accidents alone
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// statusChecksum says that a piece is not what its sender meant.
const statusChecksum = 460

const (
	piece     = 1 << 20  // bytes read at a time
	syncEvery = 64 << 20 // bytes between syncs of a long piece
)

// errMismatch is that a piece is not what its checksum says.
var errMismatch = errors.New("the piece is not what its checksum says")

// patch takes the next piece of an upload.
func (s *Server) patch(w http.ResponseWriter, r *http.Request) {
	if !isOffsetType(r) {
		s.refuse(w, http.StatusUnsupportedMediaType, "a piece has another type", "send Content-Type: "+offsetType)
		return
	}
	u, ok := s.lock(w, r)
	if !ok {
		return
	}
	defer s.book.unlock(u.ID)
	offset, err := strconv.ParseInt(r.Header.Get("Upload-Offset"), 10, 64)
	if err != nil || offset < 0 {
		s.refuse(w, http.StatusBadRequest, "Upload-Offset is missing, or no number", "ask with HEAD where it goes on")
		return
	}
	if offset != u.Offset {
		w.Header().Set("Upload-Offset", strconv.FormatInt(u.Offset, 10))
		s.refuse(w, http.StatusConflict, fmt.Sprintf("the upload goes on at %d, not at %d", u.Offset, offset), "ask with HEAD where it goes on")
		return
	}
	s.take(w, r, u, http.StatusNoContent)
}

// take takes the body as what follows of an upload, keeps the file once it is
// whole, and answers.
func (s *Server) take(w http.ResponseWriter, r *http.Request, u *upload, done int) {
	if r.ContentLength > u.Size-u.Offset {
		s.refuse(w, http.StatusRequestEntityTooLarge, "that is more than the upload has", "")
		return
	}
	sum, want, err := checksum(r.Header.Get("Upload-Checksum"))
	if err != nil {
		s.refuse(w, http.StatusBadRequest, err.Error(), "write an algorithm, a space, and the sum in base64: "+algorithms)
		return
	}
	err = s.receive(r.Body, u, sum, want)
	w.Header().Set("Upload-Offset", strconv.FormatInt(u.Offset, 10))
	switch {
	case errors.Is(err, errMismatch):
		s.refuse(w, statusChecksum, err.Error(), "send it again")
		return
	case errors.Is(err, errTooMuch):
		s.refuse(w, http.StatusRequestEntityTooLarge, err.Error(), "")
		return
	case err != nil:
		s.cfg.Fail(w, err)
		return
	}
	s.expires(w, u)
	if u.Offset == u.Size && u.Outcome == nil {
		if err := s.keep(r.Context(), u); err != nil {
			s.cfg.Fail(w, err)
			return
		}
	}
	w.WriteHeader(done)
}

// checksum reads Upload-Checksum; nil where there is none.
func checksum(header string) (sum hash.Hash, want []byte, err error) {
	if header == "" {
		return nil, nil, nil
	}
	name, value, _ := strings.Cut(header, " ")
	switch name {
	case "sha256":
		sum = sha256.New()
	case "sha1":
		sum = sha1.New() //nolint:gosec // G401: as above
	default:
		return nil, nil, fmt.Errorf("checksum %q is not known", name)
	}
	if want, err = base64.StdEncoding.DecodeString(value); err != nil || len(want) != sum.Size() {
		return nil, nil, fmt.Errorf("checksum %s is none", name)
	}
	return sum, want, nil
}

var errTooMuch = errors.New("that is more than the upload has")

// receive appends what arrives. However it ends, what is there then is synced and
// on record; a piece with a checksum counts as a whole or not at all.
func (s *Server) receive(body io.Reader, u *upload, sum hash.Hash, want []byte) error {
	// Like every file of the vault, where it may end; until then its directory is its owner's alone.
	f, err := os.OpenFile(s.book.part(u), os.O_WRONLY|os.O_CREATE, 0o666) //nolint:gosec // G302: as above
	if err != nil {
		return fmt.Errorf("open upload: %w", err)
	}
	// What a crash left beyond the last sync may be anything.
	if err := f.Truncate(u.Offset); err != nil {
		return errors.Join(fmt.Errorf("cut upload: %w", err), f.Close())
	}
	from := u.Offset
	arrived, err := s.copy(f, body, u, sum)
	if sum != nil && (err != nil || !equal(sum.Sum(nil), want)) {
		arrived = from
		err = errors.Join(err, f.Truncate(from))
		if err == nil {
			err = errMismatch
		}
	}
	return errors.Join(err, s.settle(f, u, arrived), f.Close())
}

// copy returns where the upload ends then.
func (s *Server) copy(f *os.File, body io.Reader, u *upload, sum hash.Hash) (int64, error) {
	b := make([]byte, piece)
	at, synced := u.Offset, u.Offset
	for {
		n, err := body.Read(b)
		if int64(n) > u.Size-at {
			return at, errTooMuch
		}
		if n > 0 {
			if _, err := f.WriteAt(b[:n], at); err != nil {
				return at, fmt.Errorf("write upload: %w", err)
			}
			if at += int64(n); sum != nil {
				sum.Write(b[:n])
			}
		}
		if errors.Is(err, io.EOF) {
			return at, nil
		}
		if err != nil {
			return at, fmt.Errorf("receive upload: %w", err)
		}
		if sum == nil && at-synced >= syncEvery {
			if err := s.settle(f, u, at); err != nil {
				return at, err
			}
			synced = at
		}
	}
}

// settle makes what has arrived durable, and then on record.
func (s *Server) settle(f *os.File, u *upload, arrived int64) error {
	if err := f.Sync(); err != nil {
		return fmt.Errorf("sync upload: %w", err)
	}
	u.Offset, u.Touched = arrived, s.cfg.Now()
	return s.book.save(u)
}

func equal(a, b []byte) bool { return string(a) == string(b) }
