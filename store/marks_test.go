package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"homeroll/store/media"
)

// marksHome is a home of stores that say things and hear of them in any order.
type marksHome struct {
	*relay
	rnd    *rand.Rand
	items  []media.ID
	albums []media.AlbumID
	all    []media.Device
}

// Whatever three devices say of pictures, in whatever order they hear of it, restart, or
// lose their catalogues: in the end all believe the same.
func TestMarksConverge(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			h := &marksHome{relay: newHome(t, 3), rnd: rand.New(rand.NewPCG(seed, 1))}
			for i, n := range h.nodes {
				h.all = append(h.all, n.device())
				content := bytesOf(fmt.Sprint("picture ", i), 500)
				write(t, filepath.Join(n.folder, fmt.Sprint(i, ".jpg")), content)
				h.items = append(h.items, itemOf(t, content).ID)
			}
			h.converge()
			for range 60 {
				h.step()
			}
			h.agree()
		})
	}
}

func (h *marksHome) step() {
	n := h.nodes[h.rnd.IntN(len(h.nodes))]
	other := h.nodes[h.rnd.IntN(len(h.nodes))]
	switch k := h.rnd.IntN(20); {
	case k < 11:
		h.say(n)
	case k < 18 && other != n:
		h.tell(n, other)
	case k == 18:
		h.again(n, false)
	case k == 19:
		h.again(n, true)
	}
}

// say has a device say one thing at random, of what it knows.
func (h *marksHome) say(n *testNode) {
	h.t.Helper()
	ctx, id, on := h.t.Context(), h.items[h.rnd.IntN(len(h.items))], h.rnd.IntN(2) == 0
	var err error
	switch h.rnd.IntN(7) {
	case 0:
		err = n.SetFavourite(ctx, []media.ID{id}, on)
	case 1:
		err = n.SetCaption(ctx, id, strings.Repeat("x", h.rnd.IntN(3)))
	case 2:
		_, err = n.Trash(ctx, []media.ID{id})
	case 3:
		_, err = n.Restore(ctx, []media.ID{id})
	case 4:
		var a Album
		a, err = n.NewAlbum(ctx, fmt.Sprint("album ", len(h.albums)))
		h.albums = append(h.albums, a.ID)
	default:
		if len(h.albums) == 0 {
			return
		}
		album := h.albums[h.rnd.IntN(len(h.albums))]
		switch h.rnd.IntN(6) {
		case 0:
			err = n.DeleteAlbum(ctx, album)
		case 1:
			err = n.RenameAlbum(ctx, album, fmt.Sprint("title ", h.rnd.IntN(3)))
		case 2:
			err = n.SetCover(ctx, album, id)
		case 3:
			err = n.ChangeAlbum(ctx, album, nil, []media.ID{id})
		default:
			err = n.ChangeAlbum(ctx, album, []media.ID{id}, nil)
		}
	}
	if err != nil && !errors.Is(err, ErrNoAlbum) && !errors.Is(err, media.ErrNotHeld) {
		h.t.Fatal(err)
	}
}

// tell brings what one device says to another, and back what that one has heard the
// first say before it lost its catalogue.
func (h *marksHome) tell(from, to *testNode) {
	h.t.Helper()
	ctx := h.t.Context()
	roots, err := to.Roots(ctx)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, r := range roots {
		if r.Device == from.device() {
			err = errors.Join(err, from.Outrun(ctx, r))
		}
	}
	if err := errors.Join(err, h.manifest(ctx, from, to)); err != nil && !errors.Is(err, media.ErrStale) {
		h.t.Fatal(err)
	}
}

// again restarts a device, maybe without its catalogue.
func (h *marksHome) again(n *testNode, lost bool) {
	h.t.Helper()
	n.close()
	if lost {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(filepath.Join(n.cfg.State, catalogueName+suffix))
		}
	}
	s, err := Open(h.t.Context(), n.cfg)
	if err == nil {
		n.Store, err = s, s.SetMembers(h.t.Context(), h.all)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	n.addFolder(n.folder)
	n.run()
	wait(h.t, "all is read", func() bool { return !n.Rebuilding() && !n.Progress().Scanning })
}

// agree has everybody hear everything, and compares.
func (h *marksHome) agree() {
	h.t.Helper()
	var believed []string
	wait(h.t, "all believe the same", func() bool {
		for _, from := range h.nodes {
			for _, to := range h.nodes {
				if from != to {
					h.tell(from, to)
				}
			}
		}
		believed = nil
		for _, n := range h.nodes {
			believed = append(believed, h.beliefs(n))
		}
		return len(slices.Compact(slices.Clone(believed))) == 1
	})
	// And their vaults follow.
	for i, n := range h.nodes {
		for j, id := range h.items {
			if i == j {
				continue
			}
			trashed, err := n.IsTrashed(h.t.Context(), id)
			if err != nil {
				h.t.Fatal(err)
			}
			name := fmt.Sprintf("host %c/Pictures/%d.jpg", 'A'+j, j)
			h.until(fmt.Sprintf("%s on %d is in its place, trashed: %v", name, i, trashed), func() bool {
				return there(n.vaultPath(".trash/"+name)) == trashed && there(n.vaultPath(name)) != trashed
			})
		}
		if problems := n.Problems(); len(problems) > 0 {
			h.t.Errorf("problems: %+v", problems)
		}
	}
}

// beliefs is what a device believes of all albums and items.
func (h *marksHome) beliefs(n *testNode) string {
	h.t.Helper()
	albums, err := n.cat.Albums(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	text := ""
	for _, a := range albums {
		text += fmt.Sprintln(a.ID, a.Title, a.Maker, a.Chosen, a.Pictures)
	}
	for _, id := range h.items {
		said, err := n.Said(h.t.Context(), id)
		if err != nil {
			h.t.Fatal(err)
		}
		text += fmt.Sprintln(id, said.Favourite, said.Caption, said.Trashed, len(said.Albums))
	}
	return text
}
