package catalogue

import (
	"context"
	"fmt"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"homeroll/store/media"
)

// Label returns the vault directory chosen for a folder of a device, or for
// the device itself (zero folder), and false if none was.
func (c *Catalogue) Label(ctx context.Context, d media.Device, f media.FolderID) (string, bool, error) {
	return one(ctx, c.readers, scanString, `SELECT dir FROM label WHERE device=? AND folder=?`, string(d), f[:])
}

// SetLabel chooses it, once: it is an error if another was chosen before, and
// ErrTaken if another device (or another folder of the device) has a directory
// that differs at most in case or Unicode form.
func (c *Catalogue) SetLabel(ctx context.Context, d media.Device, f media.FolderID, dir string) error {
	return c.change(ctx, durable, func(w *work) {
		chosen, ok := rowOf(w, scanString, `SELECT dir FROM label WHERE device=? AND folder=?`, string(d), f[:])
		if ok && chosen == dir {
			return
		}
		if ok {
			w.fail(fmt.Errorf("directory %q was chosen before, not %q", chosen, dir))
			return
		}
		scope := string(d)
		if f == (media.FolderID{}) {
			scope = ""
		}
		folded := fold(dir)
		if _, taken := rowOf(w, scanInt, `SELECT 1 FROM label WHERE scope=? AND folded=?`, scope, folded); taken {
			w.fail(fmt.Errorf("%q: %w", dir, ErrTaken))
			return
		}
		w.exec(`INSERT INTO label (device, folder, scope, dir, folded) VALUES (?,?,?,?,?)`, string(d), f[:], scope, dir, folded)
	})
}

// fold removes what some filesystems do not tell apart: case and Unicode form.
func fold(dir string) string { return norm.NFC.String(cases.Fold().String(norm.NFD.String(dir))) }
