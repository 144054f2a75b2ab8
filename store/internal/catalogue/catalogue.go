// Package catalogue is the disposable record of what this device and all
// devices of its home have: an SQLite database that can be rebuilt from the
// folders, the vault and the other devices. It keeps the manifests (records,
// their tries and signed roots) and what follows from them: who holds an item,
// who names it, what is wanted here, and the counts of all that, each brought
// up to date in the transaction that changes it.
//
// Start with [Catalogue.ChangeFiles] and [Catalogue.ChangeVault], from which
// this device's own manifest follows, and [Catalogue.Apply], through which the
// others' arrive. It refuses to know where files are: it neither opens nor
// names one outside its database.
package catalogue

import "errors"

// Errors that callers branch on; media.ErrStale and media.ErrNotHeld are others.
var (
	// ErrCorrupt: the database cannot be used; move it aside and rebuild it.
	// Any method may return it.
	ErrCorrupt = errors.New("catalogue is damaged")
	// ErrNoRoom: the disk of the database is full; nothing was changed.
	ErrNoRoom = errors.New("no space left for the catalogue")
	// ErrNewer: a newer version of the program made the database.
	ErrNewer = errors.New("catalogue was made by a newer version")
	// ErrMember: the device is not an active member of the home.
	ErrMember = errors.New("not an active member of the home")
	// ErrTaken: another label of the same scope has this directory.
	ErrTaken = errors.New("directory name is taken")
	// ErrFull: the home has had more devices than a catalogue can tell apart.
	ErrFull = errors.New("too many devices")
)
