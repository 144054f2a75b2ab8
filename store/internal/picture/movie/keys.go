package movie

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"

	"homeroll/store/media"
)

// Bounds on Apple's list of keys.
const (
	maxKeys  = 512
	maxValue = 4 << 10
)

// meta reads a meta box of QuickTime (QTFF, "Metadata"): keys names what the
// items of ilst are. In an ISO file it is a full box, with four bytes more.
func (f *iso) meta(b box) {
	from := b.from
	if head := f.Bytes(from, 8); len(head) == 8 && be32(head, 0) == 0 && string(head[4:8]) != "hdlr" {
		from += 4
	}
	var keys []string
	f.boxes(from, b.to, func(c box) bool {
		switch c.kind {
		case "keys":
			keys = f.keyNames(c)
		case "ilst":
			f.items(c, keys)
		case "xml ":
			f.m.sonyXML(f.whole(c.from+4, c.to, maxPacket))
		}
		return true
	})
}

// keyNames reads the names, of which the items count from 1.
func (f *iso) keyNames(b box) []string {
	var names []string
	f.boxes(b.from+8, b.to, func(c box) bool {
		names = append(names, string(f.whole(c.from, c.to, 256)))
		return len(names) < maxKeys
	})
	return names
}

// items reads ilst: by the number of its key, or by a kind of its own.
func (f *iso) items(b box, keys []string) {
	f.boxes(b.from, b.to, func(c box) bool {
		name := c.kind
		if i := binary.BigEndian.Uint32([]byte(c.kind)); i >= 1 && i <= uint32(len(keys)) {
			name = keys[i-1]
		}
		if d, ok := f.find(c.from, c.to, "data"); ok {
			f.m.item(name, itemText(f.whole(d.from, d.to, maxValue)))
		}
		return true
	})
}

// itemText is the text of a data box: its type, its language, its bytes.
func itemText(c []byte) string {
	if len(c) < 8 {
		return ""
	}
	kind, c := be32(c, 0)&0xffffff, c[8:]
	switch kind {
	case 2, 5:
		return utf16Text(c)
	case 0, 1, 3, 4:
		return cleanText(c)
	}
	return ""
}

// utf16Text reads big-endian UTF-16.
func utf16Text(c []byte) string {
	units := make([]uint16, 0, len(c)/2)
	for ; len(c) >= 2; c = c[2:] {
		units = append(units, binary.BigEndian.Uint16(c))
	}
	return strings.TrimSpace(strings.TrimRight(strings.TrimPrefix(string(utf16.Decode(units)), "\ufeff"), "\x00"))
}

// item takes over what a key or an item of iTunes says.
func (m *movie) item(name, value string) {
	if value == "" {
		return
	}
	short := strings.TrimPrefix(name, "com.apple.quicktime.")
	switch short {
	case "creationdate":
		m.text(byKeys, value, "QuickTime Keys:CreationDate")
	case "make":
		m.madeBy(byKeys, value)
	case "model":
		m.modelled(byKeys, value)
	case "location.ISO6709":
		p, ok := iso6709(value)
		m.where(byKeys, p, ok)
	case "content.identifier":
		m.ContentID = value
	case "com.android.manufacturer", "com.android.make", "com.apple.proapps.manufacturer",
		"com.apple.proapps.image.{TIFF}.Make", "\xa9mak", "manu", "@mak":
		m.madeBy(byUser, value)
	case "com.android.model", "com.apple.proapps.image.{TIFF}.Model", "\xa9mod", "modl", "@mod":
		m.modelled(byUser, value)
	case "\xa9xyz", "@xyz":
		p, ok := iso6709(value)
		m.where(byUser, p, ok)
	case "\xa9day", "@day":
		if len(value) >= len("2006-01-02T15:04") {
			m.text(byUser, value, "QuickTime ItemList:ContentCreateDate")
		}
	case "camera.lens_model", "com.apple.quicktime.camera.lens_model":
		m.Lens = value
	}
}

// iso6709 reads a place as ISO 6709 has it: latitude, longitude and maybe
// height, each with its sign, in degrees, degrees and minutes, or those and
// seconds, by the number of digits. Where both are zero there was no fix.
func iso6709(text string) (media.Position, bool) {
	lat, rest, ok := signed(text, 2)
	lon, _, okLon := signed(rest, 3)
	if !ok || !okLon {
		return media.Position{}, false
	}
	return position(lat, lon)
}

// position is a place that the earth has.
func position(lat, lon float64) (media.Position, bool) {
	if !(lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180) || (lat == 0 && lon == 0) {
		return media.Position{}, false
	}
	return media.Position{Latitude: lat, Longitude: lon}, true
}

// signed reads one number of ISO 6709, whose degrees have some digits.
func signed(text string, degrees int) (value float64, rest string, ok bool) {
	text = strings.TrimSpace(text)
	if text == "" || (text[0] != '+' && text[0] != '-') {
		return 0, "", false
	}
	end := 1
	for end < len(text) && (text[end] >= '0' && text[end] <= '9' || text[end] == '.') {
		end++
	}
	whole := strings.IndexByte(text[1:end], '.')
	if whole < 0 {
		whole = end - 1
	}
	v, ok := decimal(text[1:end])
	if !ok {
		return 0, "", false
	}
	switch {
	case whole == degrees+2:
		d := float64(int(v) / 100)
		v = d + (v-100*d)/60
	case whole == degrees+4:
		d := float64(int(v) / 10000)
		min := float64(int(v-10000*d) / 100)
		v = d + min/60 + (v-10000*d-100*min)/3600
	}
	if text[0] == '-' {
		v = -v
	}
	return v, text[end:], true
}
