//go:build lab && linux

package labtest

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// fixedTime is the modification time of every file: what is dated by it knows
// nothing better.
var fixedTime = time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)

// TestShowSaysWhatExifToolSays backs real media up with the real program, asks
// it for each file, and compares the answer with what exiftool read, in each
// property: type, size, orientation, time, offset, camera, place, duration and group.
func TestShowSaysWhatExifToolSays(t *testing.T) {
	_, hosts := network(t, 1)
	h := hosts[0]
	all := expectations(t)
	dirs := map[string]bool{}
	for _, e := range all {
		device, _, _ := strings.Cut(e.Path, "/")
		if !dirs[device] {
			dirs[device] = true
			h.copyCorpus(device)
		}
		if err := os.Chtimes(h.path(filepath.FromSlash(e.Path)), fixedTime, fixedTime); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{}
	for device := range dirs {
		args = append(args, h.path(device))
	}
	h.start(args...)
	h.await("done with the scan", 2*time.Minute, func(s *status) bool { return s.State == "waiting" && s.Library.Items > 300 })
	var c comparison
	groups := expectedGroups(all)
	for _, e := range all {
		out, errs, code := h.try("show", "--json", h.path(filepath.FromSlash(e.Path)))
		if e.Size == 0 {
			if code == 0 {
				t.Errorf("%s is empty, and still shown: %s", e.Path, out)
			}
			continue
		}
		if code != 0 {
			if backedUp(e.Path, file{size: e.Size}) {
				t.Errorf("%s: exit %d, %s", e.Path, code, errs)
			}
			continue
		}
		var s shown
		h.decode(out, &s)
		if s.Hash != e.Hash || s.Size != e.Size {
			t.Errorf("%s is %s of %d bytes, want %s of %d", e.Path, s.Hash, s.Size, e.Hash, e.Size)
		}
		c.file(e, s, groups[e.Hash])
	}
	c.report(t)
}

// expectation is a file of the corpus in exiftool's words.
type expectation struct {
	Path        string   `json:"path"`
	Size        int64    `json:"size"`
	Hash        string   `json:"blake3"`
	Kind        string   `json:"kind"`
	Mime        *string  `json:"mime"`
	Width       *int     `json:"width"`
	Height      *int     `json:"height"`
	Orientation *int     `json:"orientation"`
	Make        *string  `json:"make"`
	Model       *string  `json:"model"`
	Original    *string  `json:"date_time_original"`
	SubSec      *string  `json:"subsec_time_original"`
	Offset      *string  `json:"offset_time_original"`
	OffsetTime  *string  `json:"offset_time"`
	Created     *string  `json:"create_date"`
	Keys        *string  `json:"quicktime_creation_date"`
	GPSTime     *string  `json:"gps_date_time"`
	Latitude    *float64 `json:"gps_latitude"`
	Longitude   *float64 `json:"gps_longitude"`
	Duration    *float64 `json:"duration"`
	ContentID   *string  `json:"content_identifier"`
	Motion      *int     `json:"motion_photo"`
	MicroVideo  *int     `json:"micro_video"`
	Groups      struct { // the same, by where it stands
		Original map[string]string `json:"date_time_original"`
		Created  map[string]string `json:"create_date"`
	} `json:"groups"`
	Newer *struct {
		Width    *int     `json:"width"`
		Height   *int     `json:"height"`
		Duration *float64 `json:"duration"`
	} `json:"exiftool_13_58_differs"`
}

// shown is the document of "homeroll show".
type shown struct {
	Hash        string     `json:"hash"`
	Size        int64      `json:"size"`
	Type        *string    `json:"type"`
	Width       *int       `json:"width"`
	Height      *int       `json:"height"`
	Orientation *int       `json:"orientation"`
	Make        *string    `json:"make"`
	Model       *string    `json:"model"`
	Duration    *float64   `json:"durationSeconds"`
	Taken       shownTaken `json:"taken"`
	GPS         *struct {
		Latitude, Longitude float64
	} `json:"gps"`
	Group *shownGroup `json:"group"`
}

type shownTaken struct {
	Local  string     `json:"local"`
	UTC    *time.Time `json:"utc"`
	Offset string     `json:"offset"`
	Source string     `json:"source"`
}

type shownGroup struct {
	Kind    string   `json:"kind"`
	Members []string `json:"members"`
}

func expectations(t *testing.T) []expectation {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(world.corpus, "expected.json"))
	if err != nil && world.missing != "" {
		t.Skip(world.missing)
	}
	var doc struct{ Files []expectation }
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	for i := range doc.Files {
		e := &doc.Files[i]
		if n := e.Newer; n != nil { // the newer exiftool reads what the older one could not
			for _, v := range []struct{ to, from **int }{{&e.Width, &n.Width}, {&e.Height, &n.Height}} {
				if *v.from != nil {
					*v.to = *v.from
				}
			}
			if n.Duration != nil {
				e.Duration = n.Duration
			}
		}
	}
	return doc.Files
}

// comparison counts properties, and keeps those that differ.
type comparison struct {
	equal, all  int
	differences []difference
}

type difference struct{ path, property, want, got string }

func (c *comparison) add(e expectation, property, want, got string) {
	c.all++
	if want == got {
		c.equal++
		return
	}
	c.differences = append(c.differences, difference{e.Path, property, want, got})
}

func (c *comparison) file(e expectation, s shown, group string) {
	c.add(e, "type", text(e.Mime), text(s.Type))
	c.add(e, "size", text(e.Width)+" × "+text(e.Height), text(s.Width)+" × "+text(s.Height))
	c.add(e, "orientation", text(upright(e.Orientation)), text(upright(s.Orientation)))
	c.add(e, "camera", text(e.Make)+"/"+text(e.Model), text(s.Make)+"/"+text(s.Model))
	c.add(e, "place", position(e.Latitude, e.Longitude), place(e, s))
	c.add(e, "duration", seconds(e.Duration, s.Duration), text(s.Duration))
	local, offset := e.taken(s.Taken)
	c.add(e, "time", local, s.Taken.Local)
	c.add(e, "offset", offset, s.Taken.Offset)
	c.add(e, "group", group, groupText(s.Group))
}

// report prints every difference, and wants each to be explained and 99 % to
// be equal.
func (c *comparison) report(t *testing.T) {
	t.Helper()
	used := map[string]bool{}
	for _, d := range c.differences {
		key := path.Base(d.path) + " " + d.property
		why := explained[key]
		used[key] = true
		t.Logf("%s: %s is %s, exiftool: %s: %s", d.path, d.property, d.got, d.want, why)
		if why == "" {
			t.Errorf("%s: %s is not explained", d.path, d.property)
		}
	}
	for key := range explained {
		if !used[key] {
			t.Errorf("%s is explained, but does not differ", key)
		}
	}
	share := 100 * float64(c.equal) / float64(c.all)
	t.Logf("%d of %d properties are equal: %.2f %%", c.equal, c.all, share)
	if share < 99 {
		t.Errorf("%.2f %% are equal, want 99", share)
	}
}

func text[T any](v *T) string {
	if v == nil {
		return "none"
	}
	return fmt.Sprint(*v)
}

// upright takes what EXIF does not know (0) or calls normal (1) for no orientation.
func upright(o *int) *int {
	if o != nil && *o <= 1 {
		return nil
	}
	return o
}

// position takes what is no place on the earth for none.
func position(latitude, longitude *float64) string {
	if latitude == nil || longitude == nil || *latitude > 90 || *latitude < -90 {
		return "none"
	}
	return fmt.Sprintf("%.6f %.6f", *latitude, *longitude)
}

// place returns the position shown in the words of exiftool's if they are within about 1 m.
func place(e expectation, s shown) string {
	g := s.GPS
	if g == nil {
		return "none"
	}
	if e.Latitude != nil && e.Longitude != nil && math.Abs(g.Latitude-*e.Latitude) < 1e-5 && math.Abs(g.Longitude-*e.Longitude) < 1e-5 {
		return position(e.Latitude, e.Longitude)
	}
	return position(&g.Latitude, &g.Longitude)
}

// seconds returns got in the words of want if they are within 1/20 s.
func seconds(want, got *float64) string {
	if want != nil && got != nil && *want-*got < 0.05 && *got-*want < 0.05 {
		return text(got)
	}
	return text(want)
}

func groupText(g *shownGroup) string {
	if g == nil {
		return "none"
	}
	slices.Sort(g.Members)
	return g.Kind + " " + strings.Join(g.Members, " ")
}
