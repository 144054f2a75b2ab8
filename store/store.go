// Package store keeps media: it watches folders and never writes to them,
// keeps other devices' media in the vault as plain files, and records both in
// a catalogue, always in that order: bytes durable first, row second.
//
// Start with [Store]; docs/ondisk.md describes what is on the disk.
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/disk"
	"homeroll/store/internal/filetype"
	"homeroll/store/internal/preview"
	"homeroll/store/internal/vault"
	"homeroll/store/internal/volume"
	"homeroll/store/media"
)

// Config is what a Store is made of. Zero durations mean the defaults.
type Config struct {
	State    string // directory of the catalogue
	Vault    string // directory, made if absent
	Budget   int64  // bytes that the vault may take; 0 = no limit
	Reserve  int64  // bytes to leave free on the vault's disk; 0 = 5 %, at most 10 GB
	Signer   media.Signer
	Home     media.Home
	Types    Types
	Settle   time.Duration // without change before a file is hashed
	Rescan   time.Duration // between periodic rescans
	Previews PreviewConfig
	// TrashKeep is how long the vault keeps what is in the trash; 0 = for ever.
	TrashKeep time.Duration
	// Disk identifies the filesystem of a path; nil means the real one.
	Disk func(path string) (media.Disk, error)
	Log  *slog.Logger
}

// Defaults of Config.
const (
	defaultSettle = time.Second
	defaultRescan = time.Hour
)

func (c Config) withDefaults() Config {
	if c.Settle <= 0 {
		c.Settle = defaultSettle
	}
	if c.Rescan <= 0 {
		c.Rescan = defaultRescan
	}
	if c.Disk == nil {
		c.Disk = Disk
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Previews.CPU <= 0 {
		c.Previews.CPU = defaultCPU
	}
	if c.Types.empty() {
		c.Types = DefaultTypes()
	}
	return c
}

// Errors that callers branch on.
var (
	// ErrNoSpace reports that the disk or the vault's budget is used up.
	ErrNoSpace = vault.ErrNoSpace
	// ErrStateFull reports that the disk of the state directory is used up.
	ErrStateFull = errors.New("no space left for the state directory")
	// ErrVaultMissing reports that the vault's directory is not the one that
	// was used before: its disk may not be connected.
	ErrVaultMissing = errors.New("the vault is not there")
	// ErrStopped reports a call that needs Run, which has ended.
	ErrStopped = errors.New("store has stopped")
	// ErrBusy reports an item that is being received already.
	ErrBusy = errors.New("item is being received already")
)

// Store is safe for concurrent use. It satisfies syncproto.Library.
type Store struct {
	// Set once.
	cfg               Config
	log               *slog.Logger
	cat               *catalogue.Catalogue
	open              atomic.Pointer[vault.Vault] // what vault returns
	types             filetype.Set
	changed           signal
	problems          problemBook
	recorder          *recorder
	hasher            *hasher
	sending           sending
	expected          expected // to be read
	syncs             syncs    // of fresh files
	openMedia         openFunc // of files to be hashed
	commits           *committer
	place             *placer
	trash             *trasher
	marks             *marksLog
	index             *indexer
	previews          *preview.Cache
	labels            labelBook
	places            *placeBook
	incoming          incomingBook
	uploads           uploadBook
	foresight         foresight
	recheck           chan string   // vault files that look changed
	vaultBack         chan struct{} // has a token when the vault was away and is back
	profile           profileBook
	placing           sync.Mutex // held while files of the vault get names
	loss              vaultLoss
	gate              vaultGate
	begun             bool        // the catalogue was begun anew when it was opened
	replaying         bool        // the catalogue is being rebuilt from the names log
	verifying         sync.Mutex  // held by Verify
	rebuilding, asked atomic.Bool // see Rebuilding, AskRebuild
	looked            atomic.Bool // at every folder, since the start
	compared          atomic.Bool // the vault, with the records, once
	adding            sync.Mutex  // held while folders are added or removed; before mu
	newEvents         func() (*events, error)
	mountOf           func(path string) (disk.Mount, error) // disk.MountOf
	renames           func(a, b string) bool                // sameFilesystem
	step              func()                                // called with each file that a move copies; for tests
	// probe tries the filesystem that a vault is moved to; volume.Probe if nil.
	probe func(root *os.Root, dir, fstype string) (volume.Traits, error)

	mu      sync.Mutex
	folders []*folder
	start   func(f *folder) // starts a folder's loop; nil unless Run runs
}

// Open opens or creates the catalogue and checks the vault; it starts nothing.
// A damaged catalogue is moved aside and rebuilt from the folders and the vault.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	cfg = cfg.withDefaults()
	if err := disk.MakeDirs(cfg.State, 0o700); err != nil {
		return nil, fmt.Errorf("make state directory: %w", err)
	}
	cat, begun, err := openCatalogue(ctx, cfg)
	if err != nil {
		return nil, err
	}
	s := &Store{cfg: cfg, log: cfg.Log, cat: cat, recheck: make(chan string, 256), vaultBack: make(chan struct{}, 1)}
	if s.places, err = openPlaces(cfg.State, cfg.Log); err != nil {
		return nil, errors.Join(err, cat.Close())
	}
	s.mountOf, s.renames = disk.MountOf, sameFilesystem
	s.types = filetype.SetOf(cfg.Types.Photos, cfg.Types.Raw, cfg.Types.Videos, cfg.Types.Sidecars)
	s.problems = problemBook{changed: &s.changed, open: map[string]*Problem{}}
	s.incoming.many = make(chan struct{}, 1)
	s.incoming.memory = semaphore.NewWeighted(smallBytes)
	s.recorder, s.hasher = newRecorder(s), newHasher()
	s.syncs, s.openMedia = systemSyncs(), disk.OpenReader
	s.commits, s.place, s.newEvents = newCommitter(s), newPlacer(s), watchEvents
	s.index, s.trash = newIndexer(s), newTrasher(s)
	if s.previews, err = openPreviews(cfg); err != nil {
		return nil, errors.Join(err, cat.Close())
	}
	if err := s.openMarks(ctx, begun); err != nil {
		return nil, errors.Join(err, cat.Close(), s.previews.Close())
	}
	if err := s.openVault(ctx, begun); err != nil {
		return nil, errors.Join(err, cat.Close(), s.previews.Close())
	}
	return s, nil
}

// reconcile makes the catalogue agree with a vault that was just opened, and
// adopts what a crash left without a record.
func (s *Store) reconcile(ctx context.Context, v *vault.Vault, count catalogue.VaultCount) error {
	if err := s.forgetNoted(ctx, v); err != nil {
		return err
	}
	if m := s.places.move(); m != nil && m.Replaces && m.Switched {
		if err := s.giveUpAll(ctx); err != nil {
			return err
		}
		count = catalogue.VaultCount{}
	}
	// A lost catalogue is rebuilt while running; after a mere crash, nothing
	// that is here already may be asked for again.
	var err error
	if s.replaying = count.Files == 0 && !v.Fresh(); s.replaying {
		err = s.replayLabels(ctx)
	}
	if err == nil && !s.begun {
		err = s.adoptLatest(ctx)
	}
	if err == nil {
		err = s.resumeRebuild(ctx, s.begun && !v.Fresh())
	}
	if err == nil {
		err = s.recallDamages(ctx)
	}
	s.begun = s.begun && err != nil
	return err
}

// forgetNoted has names placed that another filesystem could only note.
func (s *Store) forgetNoted(ctx context.Context, v *vault.Vault) error {
	if t := v.Traits(); t.Links || t.Clones {
		return s.cat.ForgetNoted(ctx)
	}
	return nil
}

// Close releases the catalogue, after Run has returned.
func (s *Store) Close() error {
	return errors.Join(s.previews.Close(), s.cat.Close(), s.vault().Close())
}

// vault returns the vault as it is open now. What began on it may go on, but
// whoever waits in between asks again.
func (s *Store) vault() *vault.Vault { return s.open.Load() }

// Changed is closed at the next change of any record, folder, or problem: a level, not a
// queue. Take it before looking.
func (s *Store) Changed() <-chan struct{} { return s.changed.next() }
