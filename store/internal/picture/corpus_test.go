package picture_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"homeroll/store/internal/need"
	"homeroll/store/internal/picture"
	"homeroll/store/media"
)

// expectation is what exiftool says of a file of the corpus.
type expectation struct {
	Path           string   `json:"path"`
	Kind           string   `json:"kind"`
	MIME           string   `json:"mime"`
	Width          int      `json:"width"`
	Height         int      `json:"height"`
	Orientation    any      `json:"orientation"`
	Make           string   `json:"make"`
	Model          string   `json:"model"`
	Original       string   `json:"date_time_original"`
	Subsec         any      `json:"subsec_time_original"`
	OffsetOriginal string   `json:"offset_time_original"`
	Created        string   `json:"create_date"`
	Latitude       *float64 `json:"gps_latitude"`
	Longitude      *float64 `json:"gps_longitude"`
	Duration       float64  `json:"duration"`
	ContentID      string   `json:"content_identifier"`
	Groups         map[string]map[string]any
	Newer          struct {
		Width  int `json:"width"`
		Height int `json:"height"`
	} `json:"exiftool_13_58_differs"`
}

// explained are the differences that are meant, by path and field, or by field alone.
var explained = map[string]string{
	"camera-sd/DCIM/100CANON/IMG_0050.CR3 duration": "a still in a container of videos lasts for nothing",
	"camera-sd/DCIM/100CANON/IMG_0600.CR3 duration": "a still in a container of videos lasts for nothing",

	// Offsets that the file states, though not in OffsetTimeOriginal.
	"camera-sd/DCIM/101NIKON/DSC_0001.JPG offset":                                                                                         "IPTC states it with the same time",
	"laptop/Pictures/Norway/sunrise.png offset":                                                                                           "IPTC states it with the same time",
	"laptop/Pictures/Sidecars/orphans/APhotoManager-ex" + "maple.xmp offset":                                                              "XMP states it as Z",
	"laptop/Pictures/its  a along directory name. with special caracters(_.-.,-.,) 1234 56789 űáéú őóüö/IMG_8943.jpg offset":              "IPTC has to state one, and software that knows none writes +0000",
	"laptop/Pictures/its  a along directory name. with special caracters(_.-.,-.,) 1234 56789 űáéú őóüö/subdirectory/IMG_8824.jpg offset": "IPTC has to state one, and software that knows none writes +0000",
	"laptop/Recovered/before_epoch.jpg taken":                                                                                             "nobody took photos in 1601: CreateDate is believed",
	"camera-sd/DCIM/140RECNX/RCNX0001.JPG offset":                                                                                         "EXIF TimeZoneOffset states it",
	"laptop/Downloads/jxl/test_0001.jxl offset":                                                                                           "EXIF TimeZoneOffset states it",

	"camera-sd/DCIM/101NIKON/DSC_5000.JPG orientation": "it is the thumbnail's alone",
	"camera-sd/DCIM/103_PANA/P1000007.JPG orientation": "it is the thumbnail's alone; the picture is upright as it is stored",

	"laptop/Downloads/issue-590.png gps":               "without its hemispheres it is no place",
	"laptop/Recovered/geodegrees_as_string.jpg gps":    "degrees in text with decimal commas, of which exiftool makes another place",
	"laptop/Recovered/geodegrees_as_string.jpg make":   "exiftool reports it, too, if asked for all",
	"phone-b/DCIM/Camera/PANO_20220424_103553.jpg gps": "a latitude of 213 degrees is not on the globe",

	"laptop/Pictures/Sidecars/20240121_102400.JPG.xmp taken":     "DateCreated, as the picture's own EXIF has it, not when it was made digital",
	"laptop/Pictures/Sidecars/20240128_105420.mp4.xmp duration":  "milliseconds of a video beside it, taken for seconds",
	"laptop/Pictures/Sidecars/20240128_120909.mp4.xmp duration":  "milliseconds of a video beside it, taken for seconds",
	"laptop/Recovered/21ad703b38e2c350215bb92a849486f3.jpg size": "no JPEG; something in it looks like one",
	"laptop/Recovered/beach.jpg size":                            "the frame header has no height",
	"phone-b/DCIM/Camera/sample_MP.heic taken":                   "it has an Exif item that exiftool passes over",
	"takeout/iCloud Photos/Albums/Spécial album.csv type":        "without commas only the name says that it is a table",
	"laptop/Recovered/huge_tag_exif.jpg size":                    "exiftool gives up at the damage",
	"laptop/Recovered/huge_tag_exif.jpg make":                    "exiftool gives up at the damage",
	"laptop/Recovered/huge_tag_exif.jpg model":                   "exiftool gives up at the damage",
	"laptop/Recovered/huge_tag_exif.jpg gps":                     "exiftool gives up at the damage",
	"laptop/Recovered/max_uint32_exif.jpg size":                  "exiftool gives up at the damage",
	"laptop/Recovered/max_uint32_exif.jpg make":                  "exiftool gives up at the damage",
	"laptop/Recovered/max_uint32_exif.jpg model":                 "exiftool gives up at the damage",
	"laptop/Recovered/max_uint32_exif.jpg gps":                   "exiftool gives up at the damage",
}

func corpus(t *testing.T) (root string, all []expectation) {
	t.Helper()
	root = need.Corpus(t)
	b, err := os.ReadFile(filepath.Join(root, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Files []expectation `json:"files"`
	}
	if err := json.Unmarshal(b, &document); err != nil {
		t.Fatal(err)
	}
	for _, e := range document.Files {
		if e.Kind != "video" {
			all = append(all, e)
		}
	}
	return root, all
}

func TestReadSaysWhatExiftoolSaysOfTheCorpus(t *testing.T) {
	root, all := corpus(t)
	c := comparison{t: t}
	for _, e := range all {
		p := readFile(t, filepath.Join(root, filepath.FromSlash(e.Path)))
		c.compare(e, p)
	}
	c.print(len(all))
}

func readFile(t *testing.T, path string) media.Picture {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	p, err := picture.Read(t.Context(), f, info.Size())
	if err != nil {
		t.Errorf("%s: %v", path, err)
	}
	return p
}

// comparison counts values and keeps the differences.
type comparison struct {
	t           *testing.T
	values      int
	rows        []string
	unexplained int
}

func (c *comparison) value(e expectation, field string, want, got any) {
	c.values++
	if want == got {
		return
	}
	why := explained[e.Path+" "+field]
	if why == "" {
		why = explained[field]
	}
	if why == "" {
		c.unexplained++
	}
	c.rows = append(c.rows, fmt.Sprintf("%s\t%s\t%v\t%v\t%s", e.Path, field, want, got, why))
}

func (c *comparison) compare(e expectation, p media.Picture) {
	c.value(e, "type", e.MIME, p.Type)
	if e.Newer.Width > 0 {
		e.Width, e.Height = e.Newer.Width, e.Newer.Height
	}
	c.value(e, "size", fmt.Sprint(e.Width, "x", e.Height), fmt.Sprint(p.Width, "x", p.Height))
	orientation := 0
	if v, ok := e.Orientation.(float64); ok {
		orientation = int(v)
	}
	c.value(e, "orientation", orientation, p.Orientation)
	c.value(e, "make", e.Make, p.Make)
	c.value(e, "model", e.Model, p.Model)
	c.value(e, "gps", place(e.Latitude, e.Longitude), placeOf(p.GPS))
	c.value(e, "taken", e.taken(), local(p.Taken))
	offset := "?"
	if p.Taken.Offset != nil {
		offset = time.Unix(0, 0).In(time.FixedZone("", *p.Taken.Offset)).Format("-07:00")
	}
	c.value(e, "offset", e.offset(), offset)
	c.value(e, "duration", fmt.Sprintf("%.3f", e.Duration), fmt.Sprintf("%.3f", p.Duration.Seconds()))
	c.value(e, "content id", e.ContentID, p.ContentID)
}

// offset is that of OffsetTimeOriginal, or that which another group states with
// the same time.
func (e expectation) offset() string {
	if e.OffsetOriginal != "" {
		return e.OffsetOriginal
	}
	for _, field := range []string{"date_time_original", "create_date"} {
		for _, v := range e.Groups[field] {
			s, _ := v.(string)
			if i := len(s) - 6; i >= 16 && (s[i] == '+' || s[i] == '-') && s[:19] == (e.taken() + "....")[:19] {
				return s[i:]
			}
		}
	}
	return "?"
}

// taken is the time that is to be chosen, as digits of a wall clock.
func (e expectation) taken() string {
	s := e.Original
	if strings.Trim(s, "0: ") == "" {
		s = e.Created
	} else if subsec := strings.TrimSpace(fmt.Sprint(e.Subsec)); e.Subsec != nil && len(s) == 19 {
		s += "." + subsec
	}
	if strings.Trim(s, "0: ") == "" {
		return ""
	}
	s = s[:10] + strings.TrimRight(strings.Split(strings.Split(s[10:], "+")[0], "-")[0], "Z")
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

func local(t media.Taken) string {
	if t.Local.IsZero() {
		return ""
	}
	return t.Local.Format("2006:01:02 15:04:05.999999999")
}

func place(latitude, longitude *float64) string {
	if latitude == nil || longitude == nil {
		return ""
	}
	return fmt.Sprintf("%.6f %.6f", *latitude, *longitude)
}

func placeOf(p *media.Position) string {
	if p == nil {
		return ""
	}
	return place(&p.Latitude, &p.Longitude)
}

func (c *comparison) print(files int) {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 4, 1, ' ', 0)
	fmt.Fprintln(w, "file\tfield\texiftool\there\twhy")
	for _, row := range c.rows {
		fmt.Fprintln(w, row)
	}
	w.Flush()
	equal := float64(c.values-len(c.rows)) / float64(c.values) * 100
	c.t.Logf("%d files, %d values, %d differ (%d without reason): %.2f %% equal\n%s", files, c.values, len(c.rows), c.unexplained, equal, b.String())
	if equal < 99 || c.unexplained > 0 {
		c.t.Errorf("%.2f %% are equal, %d differences have no reason", equal, c.unexplained)
	}
}
