package movie

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"homeroll/store/internal/need"
	"homeroll/store/internal/picture/stamp"
	"homeroll/store/media"
)

// expected is what exiftool says of a file of the corpus.
type expected struct {
	Path      string   `json:"path"`
	Kind      string   `json:"kind"`
	MIME      *string  `json:"mime"`
	Width     int      `json:"width"`
	Height    int      `json:"height"`
	Make      string   `json:"make"`
	Model     string   `json:"model"`
	Original  string   `json:"date_time_original"`
	Keys      string   `json:"quicktime_creation_date"`
	Created   string   `json:"create_date"`
	MediaTime string   `json:"media_create_date"`
	Latitude  *float64 `json:"gps_latitude"`
	Longitude *float64 `json:"gps_longitude"`
	Duration  float64  `json:"duration"`
	ContentID string   `json:"content_identifier"`
	Newer     struct {
		Duration float64 `json:"duration"`
	} `json:"exiftool_13_58_differs"`
}

// taken is the best of the times that exiftool reports, in the order in which
// they are believed.
func (e expected) taken() media.Taken {
	for _, text := range []string{e.Original, e.Keys, e.Created, e.MediaTime} {
		if t, ok := stamp.Parse(text, "expected"); ok {
			return t
		}
	}
	return media.Taken{}
}

// explained are the differences that are meant.
var explained = map[string]string{
	"phone-b/DCIM/Camera/ftyp3gp5.mp4 gps":      "0/0 is a camera without a fix",
	"camera-sd/DCIM/106PENTX/IMGP0001.AVI time": "exiftool drops the seconds of this form",
}

func TestReadSaysWhatExiftoolSaysOfTheCorpus(t *testing.T) {
	root := need.Corpus(t)
	b, err := os.ReadFile(filepath.Join(root, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Files []expected `json:"files"`
	}
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	table := comparison{t: t}
	for _, e := range all.Files {
		if e.Kind == "video" {
			table.compare(root, e)
		}
	}
	table.print()
}

// comparison counts and keeps the differences.
type comparison struct {
	t           *testing.T
	files       int
	values      int
	differences []string
	unexplained int
}

func (c *comparison) compare(root string, e expected) {
	c.files++
	f, err := os.Open(filepath.Join(root, filepath.FromSlash(e.Path)))
	if err != nil {
		c.t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		c.t.Fatal(err)
	}
	p, err := Read(c.t.Context(), f, info.Size())
	if err != nil {
		c.t.Errorf("%s: %v", e.Path, err)
	}
	mime := ""
	if e.MIME != nil {
		mime = *e.MIME
	}
	c.value(e.Path, "type", mime, p.Type)
	c.value(e.Path, "width", e.Width, p.Width)
	c.value(e.Path, "height", e.Height, p.Height)
	c.value(e.Path, "make", e.Make, p.Make)
	c.value(e.Path, "model", e.Model, p.Model)
	c.value(e.Path, "content id", e.ContentID, p.ContentID)
	c.value(e.Path, "gps", place(e.Latitude, e.Longitude), placeOf(p.GPS))
	want := e.taken()
	c.value(e.Path, "time", digits(want), digits(p.Taken))
	c.value(e.Path, "offset", offset(want), offset(p.Taken))
	length := e.Duration
	if e.Newer.Duration != 0 {
		length = e.Newer.Duration
	}
	got := p.Duration.Seconds()
	if math.Abs(length-got) <= max(length*0.001, 0.000001) {
		got = length
	}
	c.value(e.Path, "duration", length, got)
}

func (c *comparison) value(path, name string, want, got any) {
	c.values++
	if want == got {
		return
	}
	why, ok := explained[path+" "+name]
	if !ok {
		why, c.unexplained = "", c.unexplained+1
	}
	c.differences = append(c.differences, fmt.Sprintf("%s\t%s\t%v\t%v\t%s", path, name, want, got, why))
}

func (c *comparison) print() {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 1, 2, ' ', 0)
	fmt.Fprintln(w, "file\tvalue\texiftool\there\twhy")
	fmt.Fprintln(w, strings.Join(c.differences, "\n"))
	w.Flush()
	c.t.Logf("%d videos, %d values, %d differ, %d of them unexplained\n%s",
		c.files, c.values, len(c.differences), c.unexplained, text.String())
	if 100*len(c.differences) > c.values || c.unexplained > 0 || c.files < 38 {
		c.t.Errorf("more than one in a hundred differs, or not all is explained")
	}
}

func place(lat, lon *float64) string {
	if lat == nil || lon == nil {
		return ""
	}
	return fmt.Sprintf("%.4f %.4f", *lat, *lon)
}

func placeOf(p *media.Position) string {
	if p == nil {
		return ""
	}
	return place(&p.Latitude, &p.Longitude)
}

// digits are those that a clock on the wall, or in Greenwich, showed.
func digits(t media.Taken) string {
	at := t.Local
	if at.IsZero() {
		at = t.UTC
	}
	if at.IsZero() {
		return ""
	}
	return at.Format(time.DateTime)
}

func offset(t media.Taken) string {
	if t.Offset == nil {
		return ""
	}
	return fmt.Sprint(*t.Offset)
}
