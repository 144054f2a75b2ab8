package movie

import (
	"math"

	"homeroll/store/media"
)

// userData reads a udta box: texts of QuickTime, of 3GPP and of makers.
func (f *iso) userData(b box) {
	f.boxes(b.from, b.to, f.userItem)
}

func (f *iso) userItem(b box) bool {
	m := f.m
	switch b.kind {
	case "\xa9xyz":
		p, ok := iso6709(internationalText(f.content(b)))
		m.where(byUser, p, ok)
	case "\xa9mak", "@mak":
		m.madeBy(byUser, internationalText(f.content(b)))
	case "\xa9mod", "@mod":
		m.modelled(byUser, internationalText(f.content(b)))
	case "\xa9mdl", "cmnm", "CNMN":
		m.modelled(byUser, cleanText(f.content(b)))
	case "\xa9day":
		if text := internationalText(f.content(b)); len(text) >= len("2006-01-02T15:04") {
			m.text(byUser, text, "QuickTime UserData:ContentCreateDate")
		}
	case "manu":
		m.madeBy(byUser, assetText(f.content(b)))
	case "modl":
		m.modelled(byUser, assetText(f.content(b)))
	case "date":
		m.text(byOriginal, cleanText(f.content(b)), "QuickTime UserData:DateTimeOriginal")
	case "loci":
		p, ok := loci(f.content(b))
		m.where(byUser, p, ok)
	case "XMP_":
		m.xmp(f.whole(b.from, b.to, maxPacket))
	case "meta":
		f.meta(b)
	default:
		f.makerItem(b)
	}
	return true
}

// internationalText reads QuickTime's text: its length, its language, itself
// (QTFF, "User data text strings"); or a data box, as in iTunes' lists.
func internationalText(c []byte) string {
	if len(c) >= 8 && string(c[4:8]) == "data" {
		return itemText(c[8:])
	}
	if n := int(be16(c, 0)); len(c) >= 4 && n <= len(c)-4 {
		return cleanText(c[4 : 4+n])
	}
	return cleanText(c)
}

// assetText reads a text of 3GPP (TS 26.244, 8.3), after its version and its
// language, or one without them.
func assetText(c []byte) string {
	if len(c) > 6 && be32(c, 0) == 0 {
		c = c[6:]
	}
	return cleanText(c)
}

// loci reads 3GPP's location (TS 26.244, 8.12): version, language, a name, the
// role, then longitude, latitude and height as fixed-point numbers.
func loci(c []byte) (media.Position, bool) {
	if len(c) < 7 {
		return media.Position{}, false
	}
	c = c[6:]
	end, width := 0, 1
	if be16(c, 0) == 0xfeff {
		width = 2
	}
	for end+width <= len(c) && (c[end] != 0 || c[end+width-1] != 0) {
		end += width
	}
	at := end + width + 1
	if len(c) < at+8 {
		return media.Position{}, false
	}
	fixed := func(at int) float64 { return float64(int32(be32(c, at))) / 65536 }
	return position(round5(fixed(at+4)), round5(fixed(at)))
}

// round5 drops the digits that a fixed-point number of 16 bits does not have.
func round5(v float64) float64 { return math.Round(v*1e5) / 1e5 }
