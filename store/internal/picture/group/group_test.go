package group

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"homeroll/store/media"
)

// idOf is a hash made of a text.
func idOf(text string) (id media.ID) {
	h := media.NewHasher()
	_, _ = h.Write([]byte(text))
	return h.Sum()
}

// fact changes what is known of a member.
type fact func(*media.Picture)

// file is a member at a path, of the type of its extension.
func file(path string, facts ...fact) Member {
	dir, name := "", path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		dir, name = path[:i], path[i+1:]
	}
	m := Member{ID: idOf(path), Dirs: []string{dir}, Names: []string{name}}
	m.Picture.Type = map[string]string{
		"jpg": "image/jpeg", "heic": "image/heic", "png": "image/png", "webp": "image/webp", "avif": "image/avif",
		"mov": "video/quicktime", "mp4": "video/mp4", "dng": "image/x-adobe-dng", "cr2": "image/x-canon-cr2", "thm": "image/jpeg",
	}[extension(name)]
	if strings.HasPrefix(m.Picture.Type, "video/") {
		m.Picture.Duration = 3 * time.Second
	}
	for _, f := range facts {
		f(&m.Picture)
	}
	return m
}

func id(v string) fact    { return func(p *media.Picture) { p.ContentID = v } }
func burst(v string) fact { return func(p *media.Picture) { p.Burst = v } }
func motion() fact        { return func(p *media.Picture) { p.Motion = true } }
func length(d time.Duration) fact {
	return func(p *media.Picture) { p.Duration = d }
}

// taken is a wall clock, as in "2024-05-06 07:08:09".
func taken(clock string) fact {
	return func(p *media.Picture) {
		at, err := time.Parse(time.DateTime, clock)
		if err != nil {
			panic(err)
		}
		p.Taken = media.Taken{Local: at, Source: "EXIF DateTimeOriginal"}
	}
}

// utc is an instant of which the place is not known.
func utc(clock string) fact {
	return func(p *media.Picture) {
		taken(clock)(p)
		p.Taken = media.Taken{UTC: p.Taken.Local, Source: "QuickTime CreateDate"}
	}
}

// describe writes groups by the names of their members, the lead first.
func describe(members []Member, groups []Group) (lines []string) {
	names := map[media.ID]string{}
	for _, m := range members {
		names[m.ID] = strings.TrimPrefix(m.Dirs[0]+"/"+m.Names[0], "/")
	}
	for _, g := range groups {
		line := []string{names[g.Members[0]]}
		for _, other := range g.Members[1:] {
			line = append(line, names[other])
		}
		slices.Sort(line[1:])
		lines = append(lines, string(g.Kind)+": "+strings.Join(line, " "))
	}
	slices.Sort(lines)
	return lines
}

func TestOf(t *testing.T) {
	for _, test := range []struct {
		what    string
		members []Member
		want    []string
	}{
		{
			"a still and a video with one content ID are a Live Photo, also across directories",
			[]Member{file("a/IMG_1.heic", id("X")), file("b/IMG_1.mov", id("X"))},
			[]string{"live-photo: a/IMG_1.heic b/IMG_1.mov"},
		},
		{
			"two stills with one content ID are two pictures",
			[]Member{file("IMG_2927.heic", id("X")), file("IMG_2928.heic", id("X"))},
			nil,
		},
		{
			"of two stills with the ID of a video it is the one beside it",
			[]Member{file("IMG_2927.heic", id("X")), file("IMG_2928.heic", id("X")), file("IMG_2928.mov", id("X"))},
			[]string{"live-photo: IMG_2928.heic IMG_2928.mov"},
		},
		{
			"a still and a short video of one name are a Live Photo if nothing speaks against it",
			[]Member{file("IMG_4200.jpg"), file("IMG_4200.mp4")},
			[]string{"live-photo: IMG_4200.jpg IMG_4200.mp4"},
		},
		{
			"they are not if they were taken at different times",
			[]Member{file("IMG_1234.jpg", taken("2023-10-06 08:35:36")), file("IMG_1234.mp4", utc("2023-10-06 06:39:09"))},
			nil,
		},
		{
			"a video that knows only the instant can be of the same moment",
			[]Member{file("IMG_1.jpg", taken("2023-10-06 08:39:07")), file("IMG_1.mp4", utc("2023-10-06 06:39:09"))},
			[]string{"live-photo: IMG_1.jpg IMG_1.mp4"},
		},
		{
			"a time that is yet to come says nothing",
			[]Member{file("IMG_4200.jpg", taken("2018-01-02 03:04:05")), file("IMG_4200.mp4", utc("2096-02-06 06:28:16"))},
			[]string{"live-photo: IMG_4200.jpg IMG_4200.mp4"},
		},
		{
			"a long video is a video",
			[]Member{file("IMG_1.jpg"), file("IMG_1.mp4", length(20*time.Second))},
			nil,
		},
		{
			"content IDs that differ are believed",
			[]Member{file("IMG_1.jpg", id("X")), file("IMG_1.mov", id("Y"))},
			nil,
		},
		{
			"a converted video keeps its place beside the still",
			[]Member{file("IMG_7943.heic"), file("IMG_7943_HEVC.mov")},
			[]string{"live-photo: IMG_7943.heic IMG_7943_HEVC.mov"},
		},
		{
			"one name in two directories says nothing",
			[]Member{file("a/IMG_1.heic"), file("b/IMG_1.mov"), file("a/IMG_2.cr2"), file("b/IMG_2.jpg")},
			nil,
		},
		{
			"RAW and JPEG are one, of which the JPEG is shown, with the RAW's settings",
			[]Member{file("IMG_5.cr2"), file("img_5.jpg"), file("IMG_5.xmp")},
			[]string{"raw-jpeg: img_5.jpg IMG_5.cr2 IMG_5.xmp"},
		},
		{
			"a RAW and a JPEG of different times are two",
			[]Member{file("IMG_5.cr2", taken("2020-01-01 10:00:00")), file("IMG_5.jpg", taken("2021-01-01 10:00:00"))},
			nil,
		},
		{
			"the two files of a Pixel's RAW",
			[]Member{file("PXL_20230101_120000123.RAW-01.COVER.jpg"), file("PXL_20230101_120000123.RAW-02.ORIGINAL.dng")},
			[]string{"raw-jpeg: PXL_20230101_120000123.RAW-01.COVER.jpg PXL_20230101_120000123.RAW-02.ORIGINAL.dng"},
		},
		{
			"four formats of one name are four pictures, and their sidecar has one of them",
			[]Member{file("sunrise.avif"), file("sunrise.jpg"), file("sunrise.png"), file("sunrise.webp"), file("sunrise.xmp")},
			[]string{"sidecar: sunrise.jpg sunrise.xmp"},
		},
		{
			"a burst is led by its cover",
			[]Member{file("a_BURST001.jpg", burst("B")), file("a_BURST002_COVER.jpg", burst("B")), file("c.jpg", burst("C"))},
			[]string{"burst: a_BURST002_COVER.jpg a_BURST001.jpg"},
		},
		{
			"the names of a Nexus tell a burst and its cover",
			[]Member{
				file("a/00000IMG_00000_BURST20210304101112345.jpg"), file("a/00001IMG_00001_BURST20210304101112345_COVER.jpg"),
				file("a/00000IMG_00000_BURST20210304101112999.jpg"), file("b/00002IMG_00002_BURST20210304101112345.jpg"),
				file("a/00001IMG_00001_BURST20210304101112345_COVER.jpg.json"),
			},
			[]string{"burst: a/00001IMG_00001_BURST20210304101112345_COVER.jpg a/00000IMG_00000_BURST20210304101112345.jpg " +
				"a/00001IMG_00001_BURST20210304101112345_COVER.jpg.json"},
		},
		{
			"the names of a Huawei do, of its seconds",
			[]Member{
				file("IMG_20210304_101112_BURST002.jpg"), file("IMG_20210304_101112_BURST001_COVER.jpg"),
				file("IMG_20210304_101113_BURST001_COVER.jpg"), file("IMG_20210304_101112.jpg"),
			},
			[]string{"burst: IMG_20210304_101112_BURST001_COVER.jpg IMG_20210304_101112_BURST002.jpg"},
		},
		{
			"the names of an Xperia tell a burst that has no cover",
			[]Member{file("DSC_0002_BURST20210304101112345.jpg"), file("DSC_0001_BURST20210304101112345.jpg"), file("DSC_0003.jpg")},
			[]string{"burst: DSC_0001_BURST20210304101112345.jpg DSC_0002_BURST20210304101112345.jpg"},
		},
		{
			"burst IDs that differ are believed, and a name that is no camera's is not",
			[]Member{
				file("IMG_20210304_101112_BURST001.jpg", burst("B")), file("IMG_20210304_101112_BURST002.jpg", burst("C")),
				file("20210304_101112_Burst01.jpg"), file("20210304_101112_Burst02-edited.jpg"), file("sunburst1.jpg"), file("sunburst2.jpg"),
			},
			nil,
		},
		{
			"a burst without a cover is led by its first photo",
			[]Member{file("x.jpg", burst("B"), taken("2020-01-01 10:00:02")), file("y.jpg", burst("B"), taken("2020-01-01 10:00:01"))},
			[]string{"burst: y.jpg x.jpg"},
		},
		{
			"a motion photo is a group alone, or with its sidecar",
			[]Member{file("a.jpg", motion()), file("b.jpg", motion()), file("b.jpg.json")},
			[]string{"motion-photo: a.jpg", "motion-photo: b.jpg b.jpg.json"},
		},
		{
			"a motion photo's video may lie beside it, too",
			[]Member{file("PXL_20230101_120000123.MP.jpg", motion()), file("PXL_20230101_120000123.MP", func(p *media.Picture) {
				p.Type, p.Duration = "video/mp4", 2*time.Second
			})},
			[]string{"motion-photo: PXL_20230101_120000123.MP.jpg PXL_20230101_120000123.MP"},
		},
		{
			"Sony's notes of a clip",
			[]Member{file("C0001.mp4"), file("C0001M01.xml")},
			[]string{"sidecar: C0001.mp4 C0001M01.xml"},
		},
		{
			"sidecars of all kinds",
			[]Member{
				file("a.jpg"), file("a.jpg.xmp"), file("b.jpg"), file("b.aae"), file("c.mp4"), file("c.thm"),
				file("IMG_0007.jpg"), file("IMG_O0007.aae"), file("d.xmp"),
			},
			[]string{"sidecar: IMG_0007.jpg IMG_O0007.aae", "sidecar: a.jpg a.jpg.xmp", "sidecar: b.jpg b.aae", "sidecar: c.mp4 c.thm"},
		},
		{
			"a THM without a video is a picture, which has no sidecar",
			[]Member{file("c.thm"), file("c.jpg")},
			nil,
		},
		{
			"Takeout's numbers move behind the extension, and edited copies stay apart",
			[]Member{
				file("IMG.jpg"), file("IMG(1).jpg"), file("IMG.jpg(1).json"), file("IMG.jpg.supplemental-metadata.json"),
				file("IMG-edited.jpg"),
			},
			[]string{"sidecar: IMG(1).jpg IMG.jpg(1).json", "sidecar: IMG.jpg IMG.jpg.supplemental-metadata.json"},
		},
	} {
		got := describe(test.members, Of(test.members))
		if !slices.Equal(got, test.want) {
			t.Errorf("%s:\n got %q\nwant %q", test.what, got, test.want)
		}
	}
}

func TestASidecarOfTwoPicturesIsInOneGroup(t *testing.T) {
	a, b, both := file("a/x.jpg"), file("b/y.jpg"), file("a/x.jpg.xmp")
	both.Dirs, both.Names = []string{"a", "b"}, []string{"x.jpg.xmp", "y.jpg.xmp"}
	first := Of([]Member{a, b, both})
	slices.Reverse(both.Dirs)
	slices.Reverse(both.Names)
	if second := Of([]Member{b, a, both}); len(first) != 1 || !equal(first, second) {
		t.Errorf("%v and %v", first, second)
	}
}

func TestSidecars(t *testing.T) {
	members := []Member{
		file("IMG_1.heic", id("X")), file("IMG_1.mov", id("X")), file("IMG_1.HEIC.json"), file("IMG_1.xmp"), file("IMG_1-edited.heic"),
		file("b_001.jpg", burst("B")), file("b_002.jpg", burst("B")), file("b_001.jpg.xmp"),
		file("other/IMG_1.heic", taken("2020-01-01 10:00:00")),
	}
	names := map[media.ID]string{}
	for _, m := range members {
		names[m.ID] = strings.TrimPrefix(m.Dirs[0]+"/"+m.Names[0], "/")
	}
	got := map[string][]string{}
	for picture, list := range Sidecars(members) {
		for _, c := range list {
			got[names[picture]] = append(got[names[picture]], names[c])
		}
	}
	want := map[string][]string{
		"IMG_1.heic":        {"IMG_1.HEIC.json", "IMG_1.xmp"},
		"IMG_1.mov":         {"IMG_1.xmp", "IMG_1.HEIC.json"},
		"IMG_1-edited.heic": {"IMG_1.HEIC.json"},
		"b_001.jpg":         {"b_001.jpg.xmp"},
	}
	if !maps.EqualFunc(got, want, slices.Equal) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// Those of one burst must be offered together.
func TestBurstsHaveOneStem(t *testing.T) {
	for _, names := range [][]string{
		{"00000IMG_00000_BURST20210304101112345_COVER.jpg", "00012IMG_00012_BURST20210304101112345.jpg", "00000IMG_00000_BURST20210304101112345_COVER.jpg.json"},
		{"IMG_20210304_101112_BURST001_COVER.jpg", "IMG_20210304_101112_BURST020.JPG", "IMG_20210304_101112_BURST020.xmp"},
		{"DSC_0001_BURST20210304101112345.JPG", "DSC_0012_BURST20210304101112345.JPG"},
		{"20210304_101112_Burst01.jpg", "20210304_101112_Burst12.jpg"},
	} {
		for _, name := range names[1:] {
			if Stem(name) != Stem(names[0]) {
				t.Errorf("%s has %q, %s has %q", names[0], Stem(names[0]), name, Stem(name))
			}
		}
	}
}

func TestDescribes(t *testing.T) {
	long := "PXL_20231006_063000139_a_name_that_is_much_too_long_for_takeout"
	for _, test := range []struct {
		sidecar, picture string
		want             Match
	}{
		{"IMG_1.JPG.xmp", "img_1.jpg", FullMatch},
		{"IMG_1.JPG.xmp", "IMG_1.CR2", NoMatch},
		{"IMG_1.xmp", "IMG_1.CR2", StemMatch},
		{"IMG_1.jpg.json", "IMG_1.jpg", FullMatch},
		{"IMG_1.jpg.json", "IMG_1.mp4", NoMatch},
		{"IMG_1.json", "IMG_1.jpg", StemMatch},
		{"IMG_1.jpg.supplemental-metadata.json", "IMG_1.jpg", FullMatch},
		{"IMG_1.jpg.supplemental-me.json", "IMG_1.jpg", FullMatch},
		{"IMG_1.jpg.s.json", "IMG_1.jpg", FullMatch},
		{"IMG_1.jpg..json", "IMG_1.jpg", FullMatch},
		{"IMG_1.jpg.supplemental-metadata(2).json", "IMG_1(2).jpg", NumberMatch},
		{"IMG_1.jpg.supplemental-metadata(2).json", "IMG_1.jpg", NoMatch},
		{"IMG_1.jpg(1).json", "IMG_1(1).jpg", NumberMatch},
		{"IMG_1.jpg(1).json", "IMG_1(2).jpg", NoMatch},
		{"IMG_1(1).jpg.json", "IMG_1(1).jpg", FullMatch},
		{"IMG_1.jpg.json", "IMG_1-edited.jpg", EditMatch},
		{"IMG_1.jpg.json", "IMG_1-bearbeitet.jpg", EditMatch},
		{"IMG_1.jpg(1).json", "IMG_1-edited(1).jpg", EditMatch},
		{long[:46] + ".json", long[:47] + ".jpg", CutMatch},
		{long[:46] + ".json", long + ".jpg", CutMatch},
		{long[:44] + ".j.json", long[:44] + ".jpg", CutMatch},
		{long[:40] + ".jpg.s.json", long[:40] + ".jpg", FullMatch},
		{long[:30] + ".json", long[:47] + ".jpg", NoMatch},
		{"metadata.json", "IMG_1.jpg", NoMatch},
		{"00000IMG_00000_BURST20210304101112345_COVER.jp.json", "00000IMG_00000_BURST20210304101112345_COVER.jpg", CutMatch},
		{"00000IMG_00000_BURST20210304101112345_COVE.json", "00000IMG_00000_BURST20210304101112345_COVER.jpg", NoMatch},
		{"IMG_20210304_101112_BURST001.jpg.json", "IMG_20210304_101112_BURST002.jpg", NoMatch},
		{"IMG_20210304_101112_BURST002.xmp", "IMG_20210304_101112_BURST002.jpg", StemMatch},
		{"IMG_1.jpg", "IMG_1.jpg", NoMatch},
	} {
		if got := Describes(test.sidecar, test.picture); got != test.want {
			t.Errorf("%s of %s: %d, want %d", test.sidecar, test.picture, got, test.want)
		}
		if test.want != NoMatch && Stem(test.sidecar) != Stem(test.picture) {
			t.Errorf("%s and %s are not offered together: %q, %q", test.sidecar, test.picture, Stem(test.sidecar), Stem(test.picture))
		}
	}
}

// someMembers draws members whose names, IDs and bursts meet often.
func someMembers(t *rapid.T) []Member {
	words := rapid.SampledFrom([]string{"IMG_1", "img_1", "IMG_2", "IMG_1(1)", "IMG_2-edited", "IMG_E1"})
	endings := rapid.SampledFrom([]string{
		".jpg", ".JPG", ".heic", ".mov", ".mp4", ".cr2", ".dng", ".png", ".xmp", ".jpg.xmp", ".jpg.json", ".jpg(1).json", ".aae", ".thm", "",
	})
	facts := rapid.SampledFrom([]fact{id("X"), id("Y"), burst("B"), burst("C"), motion(), length(time.Minute), taken("2020-01-01 10:00:00"), taken("2020-02-02 11:00:00")})
	return rapid.Custom(func(t *rapid.T) []Member {
		var all []Member
		content := map[media.ID]media.Picture{}
		for i := range rapid.IntRange(0, 12).Draw(t, "members") {
			m := file(rapid.SampledFrom([]string{"a/", "b/"}).Draw(t, "dir")+words.Draw(t, "name")+endings.Draw(t, "ending"),
				rapid.SliceOfN(facts, 0, 3).Draw(t, "facts")...)
			m.ID = idOf(fmt.Sprint(rapid.IntRange(0, i).Draw(t, "content")))
			if p, ok := content[m.ID]; ok {
				m.Picture = p // one content says one thing
			}
			content[m.ID] = m.Picture
			all = append(all, m)
		}
		return all
	}).Draw(t, "all")
}

func TestAMemberIsInOneGroupInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members := someMembers(t)
		groups := Of(members)
		checkGroups(t, members, groups)
		shuffled := slices.Clone(members)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if again := Of(shuffled); !equal(groups, again) {
			t.Fatalf("in another order:\n%v\n%v", groups, again)
		}
	})
}

type fataler interface{ Fatalf(string, ...any) }

// checkGroups holds what is true of all groups.
func checkGroups(t fataler, members []Member, groups []Group) {
	in := map[media.ID]bool{}
	known := map[media.ID]bool{}
	alone := map[media.ID]bool{}
	for _, m := range members {
		known[m.ID] = true
		alone[m.ID] = alone[m.ID] || m.Picture.Motion
	}
	for _, g := range groups {
		if g.Kind == "" || len(g.Members) == 0 || g.Members[0] != g.Lead || (len(g.Members) == 1 && !alone[g.Lead]) {
			t.Fatalf("no group: %+v", g)
		}
		for _, m := range g.Members {
			if in[m] || !known[m] {
				t.Fatalf("%s is in two groups, or is unknown", m)
			}
			in[m] = true
		}
		if !slices.IsSortedFunc(g.Members[1:], func(a, b media.ID) int { return strings.Compare(a.String(), b.String()) }) {
			t.Fatalf("members are not ordered: %v", g.Members)
		}
	}
}

func equal(a, b []Group) bool {
	return slices.EqualFunc(a, b, func(x, y Group) bool {
		return x.Kind == y.Kind && x.Lead == y.Lead && slices.Equal(x.Members, y.Members)
	})
}

func FuzzOf(f *testing.F) {
	f.Add("IMG_1.jpg\nIMG_1.jpg.json\nIMG_1.mov\nIMG(1).jpg\nIMG.jpg(1).json")
	f.Add("a.\n.json\n(1).json\n.jpg(2).json\n\n...")
	f.Fuzz(func(t *testing.T, names string) {
		var members []Member
		for i, name := range strings.Split(names, "\n") {
			if i == 50 {
				break
			}
			m := file("d/x.jpg")
			m.ID, m.Names, m.Picture.Type = idOf(fmt.Sprint(i)), []string{name}, ""
			m.Picture.Motion = i%7 == 3
			members = append(members, m)
		}
		groups := Of(members)
		checkGroups(t, members, groups)
		slices.Reverse(members)
		if !equal(groups, Of(members)) {
			t.Fatal("in another order there are other groups")
		}
	})
}
