package group

import (
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"homeroll/store/internal/need"
	"homeroll/store/internal/picture/stamp"
	"homeroll/store/media"
)

// listed is a file of the corpus, as exiftool reads it.
type listed struct {
	Path      string  `json:"path"`
	Hash      string  `json:"blake3"`
	Size      int64   `json:"size"`
	MIME      string  `json:"mime"`
	Make      string  `json:"make"`
	Model     string  `json:"model"`
	Original  string  `json:"date_time_original"`
	Keys      string  `json:"quicktime_creation_date"`
	Created   string  `json:"create_date"`
	Duration  float64 `json:"duration"`
	ContentID string  `json:"content_identifier"`
	Motion    int     `json:"motion_photo"`
	Micro     int     `json:"micro_video"`
}

func (l listed) member(t *testing.T) Member {
	t.Helper()
	id, err := media.ParseID(l.Hash)
	if err != nil {
		t.Fatal(err)
	}
	dir, name := path.Split(l.Path)
	m := Member{ID: id, Dirs: []string{strings.TrimSuffix(dir, "/")}, Names: []string{name}}
	m.Picture = media.Picture{
		Type: l.MIME, Make: l.Make, Model: l.Model, ContentID: l.ContentID, Motion: l.Motion+l.Micro > 0,
		Duration: time.Duration(l.Duration * float64(time.Second)),
	}
	switch {
	case l.Original != "":
		m.Picture.Taken, _ = stamp.Parse(l.Original, "EXIF DateTimeOriginal")
	case l.Keys != "":
		m.Picture.Taken, _ = stamp.Parse(l.Keys, "QuickTime Keys:CreationDate")
	case strings.HasPrefix(l.MIME, "video/"):
		m.Picture.Taken, _ = stamp.Parse(l.Created+"Z", "QuickTime CreateDate")
	}
	return m
}

// wanted are the groups of the corpus that are not just a picture and the
// sidecar named after it, judged by people.
var wanted = []string{
	"live-photo: laptop/Pictures/iCloud Photos/IMG_7943.HEIC laptop/Pictures/iCloud Photos/IMG_7943_HEVC.MOV",
	"live-photo: phone-a/DCIM/100APPLE/IMG_4417.JPG phone-a/DCIM/100APPLE/IMG_4417.MOV",
	"live-photo: phone-a/DCIM/104APPLE/IMG_4200.JPG phone-a/DCIM/104APPLE/IMG_4200.MP4",
	"motion-photo: laptop/Downloads/heic/multi-xmp.heic",
	"motion-photo: phone-b/DCIM/Camera/20201217_100314.jpg",
	"motion-photo: phone-b/DCIM/Camera/IMG_20230709_203633_MP.jpg",
	"motion-photo: phone-b/DCIM/Camera/PXL_20200710_061629144.MP.jpg",
	"motion-photo: phone-b/DCIM/Camera/PXL_20201217_100300546.MP.jpg",
	"motion-photo: phone-b/DCIM/Camera/PXL_20210315_115623239.MP.jpg",
	"motion-photo: phone-b/DCIM/Camera/google_motion_photo_broken.jpg",
	"motion-photo: phone-b/DCIM/Camera/sample_MP.heic",
}

func TestTheGroupsOfTheCorpus(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(need.Corpus(t), "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var corpus struct {
		Files []listed `json:"files"`
	}
	if err := json.Unmarshal(b, &corpus); err != nil {
		t.Fatal(err)
	}
	var members []Member
	for _, f := range corpus.Files {
		if f.Size > 0 { // as the scanner has it
			members = append(members, f.member(t))
		}
	}
	groups := Of(members)
	checkGroups(t, members, groups)
	var got, beside []string
	for _, line := range describe(members, groups) {
		if strings.HasPrefix(line, "sidecar: ") {
			beside = append(beside, line)
			continue
		}
		got = append(got, line)
	}
	if !slices.Equal(got, wanted) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(wanted, "\n"))
	}
	t.Logf("%d pictures with a sidecar:\n%s", len(beside), strings.Join(beside, "\n"))
	if len(beside) < 20 {
		t.Errorf("%d pictures with a sidecar", len(beside))
	}
}
