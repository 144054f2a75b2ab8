package capture

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"homeroll/store/internal/picture/stamp"
	"homeroll/store/media"
)

// Sources of times that names give.
const (
	nameSource = "file name"
	dateSource = "file name, date only"
)

// The dates in names. Years are those of digital pictures, so that numbers of
// other kinds aren't taken for dates.
const (
	year   = `(19[89]\d|20\d\d)`
	month  = `(0[1-9]|1[0-2])`
	day    = `(0[1-9]|[12]\d|3[01])`
	hour   = `([01]\d|2[0-3])`
	minute = `([0-5]\d)`
	millis = `(?:[-_.]?(\d{3}))?`
	end    = `(?:\D|$)`
	start  = `(?:^|\D)`
	space  = `[\s\x{a0}\x{202f}]` // macOS writes a narrow one
)

// pattern is one way in which names have a time: the groups of its expression
// are year, month, day and so on.
type pattern struct {
	in       *regexp.Regexp
	utc      bool
	dayFirst bool // the groups begin with day, month and year
}

// patterns with a time of day, in the order in which they are tried.
var patterns = []pattern{
	// PXL_20231006_063000139 of Google's camera, which names by UTC.
	{regexp.MustCompile(`(?i)^(?:.*[^a-z0-9])?pxl_` + year + month + day + `_` + hour + minute + minute + `(\d{3})?`), true, false},
	// IMG_20190102_030405, VID-20190102-030405, 20190102_030405123, Screenshot_20190102-030405, WIN_20190102_03_04_05_Pro.
	{regexp.MustCompile(start + year + month + day + `[-_ T.]` + hour + `[-_.]?` + minute + `[-_.]?` + minute + millis + end), false, false},
	// IMG20190102030405, BURST20190102030405123.
	{regexp.MustCompile(start + year + month + day + hour + minute + minute + `(\d{3})?` + end), false, false},
	// 2019-01-02 03.04.05, signal-2019-01-02-03-04-05-678, photo_2019-01-02_03-04-05,
	// Screenshot 2019-01-02 at 3.04.05 PM, WhatsApp Image 2019-01-02 at 03.04.05, Screenshot 2019-01-02 030405.
	{regexp.MustCompile(`(?i)` + start + year + `[-_.]` + month + `[-_.]` + day + `(?:[-_ T.,]{1,2}|` + space + `+[\p{L}() ]{1,8}` + space + `+)` +
		`(\d{1,2})[-_.:h\x{a789}\x{f03a}]?` + minute + `[-_.:m\x{a789}\x{f03a}]?` + minute + millis + space + `*([ap]\.?` + space + `?m\b)?`), false, false},
	// photo_12@02-01-2019_03-04-05 of Telegram's exports.
	{regexp.MustCompile(`@` + day + `-` + month + `-` + year + `_` + hour + `-` + minute + `-` + minute + end), false, true},
}

// dates without a time of day.
var dates = []*regexp.Regexp{
	regexp.MustCompile(`(?i)(?:^|[-_ ])(?:img|vid|aud|ptt|stk)-` + year + month + day + `-wa\d+`),
	regexp.MustCompile(start + year + `([-_.])` + month + `([-_.])` + day + end),
	regexp.MustCompile(`(?:^|[-_ (])` + year + month + day + `(?:[-_ ).]|$)`),
}

// epoch is a name of milliseconds since 1970, as WeChat and Facebook give it:
// from the year 2001 on they have 13 digits.
var epoch = regexp.MustCompile(start + `(1[0-9]{12})` + end)

// FromName reads the time in the name of a file; whole reports whether it has a
// time of day. Names that count pictures, such as IMG_0001 or DSC01234, have none.
func FromName(base string) (t media.Taken, whole bool) {
	name := base
	if i := strings.LastIndexByte(name, '.'); i > 0 && len(name)-i <= 6 {
		name = name[:i]
	}
	if len(name) > 255 || countDigits(name) < len("20060102") {
		return media.Taken{}, false
	}
	for _, p := range patterns {
		if m := p.in.FindStringSubmatch(name); m != nil {
			if t, ok := p.time(m[1:]); ok {
				return t, true
			}
		}
	}
	if m := epoch.FindStringSubmatch(name); m != nil {
		ms, err := strconv.ParseInt(m[1], 10, 64)
		if t, ok := stamp.Instant(time.UnixMilli(ms), nameSource); err == nil && ok {
			return t, true
		}
	}
	for _, d := range dates {
		if m := d.FindStringSubmatch(name); m != nil {
			if t, ok := dayOf(m[1:]); ok {
				return t, false
			}
		}
	}
	return media.Taken{}, false
}

func countDigits(s string) (n int) {
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}

// time makes a time of the groups of a pattern.
func (p pattern) time(g []string) (media.Taken, bool) {
	n := [7]int{}
	for i := range min(len(g), 7) {
		n[i], _ = strconv.Atoi(g[i])
	}
	if p.dayFirst {
		n[0], n[2] = n[2], n[0]
	}
	if len(g) > 7 && g[7] != "" {
		if n[3] > 12 || n[3] == 0 {
			return media.Taken{}, false
		}
		n[3] %= 12
		if g[7][0] == 'p' || g[7][0] == 'P' {
			n[3] += 12
		}
	}
	at := time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], n[6]*int(time.Millisecond), time.UTC)
	if at.Day() != n[2] || n[3] > 23 {
		return media.Taken{}, false
	}
	if p.utc {
		return stamp.Instant(at, nameSource)
	}
	return stamp.Wall(at, nameSource)
}

// dayOf makes the noon of a day of the groups of a date, which may have
// separators among them.
func dayOf(g []string) (media.Taken, bool) {
	var n []int
	var separators []string
	for _, text := range g {
		if v, err := strconv.Atoi(text); err == nil {
			n = append(n, v)
		} else {
			separators = append(separators, text)
		}
	}
	if len(n) != 3 || len(separators) == 2 && separators[0] != separators[1] {
		return media.Taken{}, false
	}
	at := time.Date(n[0], time.Month(n[1]), n[2], 12, 0, 0, 0, time.UTC)
	if at.Day() != n[2] {
		return media.Taken{}, false
	}
	return stamp.Wall(at, dateSource)
}
