package node_test

import (
	"path/filepath"
	"slices"
	"testing"

	"homeroll/node/api"
	"homeroll/node/nodetest"
)

// Both holders of a photo say the same of it, at once after the backup; a device that does not
// hold it says who does; and a photo that cannot be shown is noted, and complete nevertheless.
func TestHoldersSayTheSameOfAPhoto(t *testing.T) {
	h := nodetest.New(t)
	a, b := h.Device("anna"), h.Device("ben")
	c := h.Device("carl", func(d *nodetest.Device) { d.Settings.Device.Keep = "nothing" })
	photo := nodetest.Photo("IMG_20240506_070809.png", 1, 300)
	path := a.Write("2024/IMG_20240506_070809.png", photo, taken)
	whole := nodetest.Photo("cut.jpg", 2, 300)
	a.Write("cut.jpg", whole[:200], taken)
	h.Pair(a, b)
	h.Pair(a, c)
	a.AwaitState(api.StateComplete)
	here, err := a.Client.Show(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if here.Taken == nil || here.Taken.Local == nil || *here.Taken.Local != "2024-05-06T07:08:09" || *here.Type != "image/png" || *here.Width != 300 || !here.Held {
		t.Errorf("anna says %+v", here)
	}
	b.AwaitState(api.StateComplete)
	there, err := b.Client.Show(t.Context(), filepath.Join(b.Vault, "anna", "Pictures", "2024", "IMG_20240506_070809.png"))
	if err != nil {
		t.Fatal(err)
	}
	if there.Hash != here.Hash || *there.Taken.Local != *here.Taken.Local || *there.Type != *here.Type || len(there.Holders) != 2 || !slices.Contains(there.Holders, "anna") {
		t.Errorf("ben says %+v, anna %+v", there, here)
	}
	c.Await("knowing the photo", func(s *api.Status) bool { return len(s.Copies.ByHolders) > 2 && s.Copies.ByHolders[2] == 2 })
	elsewhere, err := c.Client.Show(t.Context(), here.Hash)
	if err != nil || elsewhere.Held || elsewhere.Type != nil && *elsewhere.Type != "image/png" ||
		elsewhere.Taken != nil && *elsewhere.Taken.Local != *here.Taken.Local || len(elsewhere.Holders) != 2 || len(elsewhere.Names) != 1 {
		t.Errorf("carl says %+v, %v", elsewhere, err)
	}

	s := a.Await("noting what cannot be shown", func(s *api.Status) bool { return s.NoteCount == 1 })
	if s.State != api.StateComplete || s.ProblemCount != 0 || len(s.Problems) != 0 {
		t.Errorf("with a note the state is %s, with %d problems", s.State, s.ProblemCount)
	}
	problems, _, err := a.Client.Problems(t.Context())
	if err != nil || len(problems) != 1 || !problems[0].Note || problems[0].Path == nil || filepath.Base(*problems[0].Path) != "cut.jpg" {
		t.Errorf("problems are %+v, %v", problems, err)
	}
}
