package preview

import (
	"errors"
	"fmt"
	"strings"

	"homeroll/store/media"
)

// reasons are the errors that are remembered, by their word in the file.
var reasons = []struct {
	word string
	err  error
}{
	{needsFFmpeg, ErrNeedsProgram}, // before the kind that it is of
	{"none", ErrNone},
	{"too-large", ErrTooLarge},
	{"damaged", ErrDamaged},
}

const needsFFmpeg = "no-ffmpeg"

// ErrNeedsProgram is an ErrNone that ends when ffmpeg is installed.
var ErrNeedsProgram = fmt.Errorf("%w: ffmpeg is not installed", ErrNone)

// maxDetail bounds what a decoder says.
const maxDetail = 200

// refuse remembers why there is no preview. Failures that may pass are not remembered.
func (c *Cache) refuse(id media.ID, cause error) error {
	for _, r := range reasons {
		if !errors.Is(cause, r.err) {
			continue
		}
		detail := strings.ToValidUTF8(cause.Error(), "?")
		if len(detail) > maxDetail {
			detail = strings.ToValidUTF8(detail[:maxDetail], "")
		}
		return c.files.write(id, refusedKind, entry{body: []byte(r.word + "\n" + detail)})
	}
	return nil
}

// refused returns why there is no preview; nil if that is not known, or ended.
func (c *Cache) refused(id media.ID) error {
	e, err := c.files.readKind(id, refusedKind)
	if err != nil { // not there, or not to be read: it is tried again
		e = entry{}
	}
	word, detail, _ := strings.Cut(string(e.body), "\n")
	if word == needsFFmpeg && c.ffmpeg != "" {
		return nil
	}
	for _, r := range reasons {
		if r.word == word {
			return remembered{r.err, detail}
		}
	}
	return nil
}

// remembered is a cause that was read back.
type remembered struct {
	kind   error
	detail string
}

func (r remembered) Error() string { return r.detail }
func (r remembered) Unwrap() error { return r.kind }
