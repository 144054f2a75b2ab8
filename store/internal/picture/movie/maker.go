package movie

import (
	"bytes"
	"encoding/xml"
	"strings"
)

// makerUUID reads a box that only its identifier names.
func (f *iso) makerUUID(b box, id []byte) {
	// Canon's, around the boxes of its CR3 and newer videos.
	const canon = "\x85\xc0\xb6\x87\x82\x0f\x11\xe0\x81\x11\xf4\xce\x46\x2b\x6a\x48"
	if string(id) == canon {
		f.boxes(b.from+16, b.to, func(c box) bool {
			switch c.kind {
			case "CMT1", "CMT2":
				f.m.canonDirectory(f.whole(c.from, c.to, maxText))
			case "CNTH":
				f.canonThumbnail(c)
			}
			return true
		})
	}
}

// makerItem reads what makers put into the user data.
func (f *iso) makerItem(b box) {
	switch b.kind {
	case "CNTH":
		f.canonThumbnail(b)
	case "NCDT":
		if c, ok := f.find(b.from, b.to, "NCTG"); ok {
			f.m.nikonTags(f.content(c))
		}
	case "TAGS":
		f.m.digitalCamera(f.whole(b.from, b.to, 4<<20))
	case "GPMF":
		f.m.goProList(f.Bytes(b.from, int(min(b.to-b.from, maxText))), 0)
	case "MVTG", "QVMI":
		f.exifNote(b)
	case "PANA", "LEIC":
		f.panasonic(b)
	}
}

// sonyXML reads the notes that Sony's cameras keep beside the movie
// (NonRealTimeMeta): the wall clock with its offset, camera and lens.
func (m *movie) sonyXML(b []byte) {
	b = bytes.TrimRight(b, "\x00")
	if len(b) == 0 || !bytes.Contains(b[:min(len(b), 1024)], []byte("NonRealTimeMeta")) {
		return
	}
	d := xml.NewDecoder(bytes.NewReader(b))
	d.Strict = false
	for range 10_000 {
		token, err := d.RawToken()
		if err != nil {
			return
		}
		if e, ok := token.(xml.StartElement); ok {
			m.sonyElement(e)
		}
	}
}

func (m *movie) sonyElement(e xml.StartElement) {
	value := map[string]string{}
	for _, a := range e.Attr {
		value[a.Name.Local] = strings.TrimSpace(a.Value)
	}
	switch e.Name.Local {
	case "CreationDate":
		m.text(byMaker, value["value"], "XML CreationDateValue")
	case "Device":
		m.madeBy(byMaker, value["manufacturer"])
		m.modelled(byMaker, value["modelName"])
	case "Lens":
		if m.Lens == "" {
			m.Lens = value["modelName"]
		}
	}
}
