// Package xmp reads XMP packets (ISO 16684-1), embedded or beside a picture,
// as far as they are plain: properties by their customary names, the first
// item of a list, and the structures of a list as one table each.
//
// Start with [Parse]. It takes damaged packets for what can be read of them.
package xmp

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"io"
	"strings"
	"unicode/utf16"
)

// MaxPacket bounds, in bytes, what is parsed.
const MaxPacket = 1 << 20

// Bounds on what a packet may hold.
const (
	maxTokens = 100_000
	maxDepth  = 64
	maxText   = 4096
	maxItems  = 64
)

// Packet is what one or more packets say. The zero value says nothing.
type Packet struct {
	properties map[string]string
	// Items are structures within lists, such as those of Container:Directory.
	Items []map[string]string
}

// Get returns a property by its customary name, such as "exif:DateTimeOriginal".
func (p *Packet) Get(name string) string { return p.properties[name] }

// First returns the first of some properties that is there.
func (p *Packet) First(names ...string) string {
	for _, name := range names {
		if v := p.properties[name]; v != "" {
			return v
		}
	}
	return ""
}

// Empty reports whether nothing is known.
func (p *Packet) Empty() bool { return len(p.properties) == 0 && len(p.Items) == 0 }

// Add takes over what another packet says and this one does not.
func (p *Packet) Add(other Packet) {
	for name, v := range other.properties {
		p.set(name, v)
	}
	for _, item := range other.Items {
		if len(p.Items) < maxItems {
			p.Items = append(p.Items, item)
		}
	}
}

func (p *Packet) set(name, value string) {
	if p.properties == nil {
		p.properties = map[string]string{}
	}
	if _, there := p.properties[name]; !there && value != "" {
		p.properties[name] = value
	}
}

// prefixes are the customary prefixes of namespaces. Others are of no interest.
var prefixes = map[string]string{
	"http://www.w3.org/1999/02/22-rdf-syntax-ns#":      "rdf",
	"http://ns.adobe.com/exif/1.0/":                    "exif",
	"http://cipa.jp/exif/1.0/":                         "exifEX",
	"http://ns.adobe.com/exif/1.0/aux/":                "aux",
	"http://ns.adobe.com/tiff/1.0/":                    "tiff",
	"http://ns.adobe.com/xap/1.0/":                     "xmp",
	"http://ns.adobe.com/xap/1.0/mm/":                  "xmpMM",
	"http://ns.adobe.com/xmp/note/":                    "xmpNote",
	"http://ns.adobe.com/photoshop/1.0/":               "photoshop",
	"http://purl.org/dc/elements/1.1/":                 "dc",
	"http://ns.google.com/photos/1.0/camera/":          "GCamera",
	"http://ns.google.com/photos/1.0/container/":       "Container",
	"http://ns.google.com/photos/1.0/container/item/":  "Item",
	"http://ns.google.com/photos/dd/1.0/device/":       "Device",
	"http://ns.microsoft.com/photo/1.0/":               "MicrosoftPhoto",
	"http://ns.xiaomi.com/photos/1.0/camera/":          "MiCamera",
	"http://ns.apple.com/pixeldatainfo/1.0/":           "apple-pi",
	"http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/":      "Iptc4xmpCore",
	"http://ns.exiftool.ca/EXIF/IFD0/1.0/":             "IFD0",
	"http://ns.exiftool.ca/EXIF/ExifIFD/1.0/":          "ExifIFD",
	"http://ns.exiftool.org/EXIF/IFD0/1.0/":            "IFD0",
	"http://ns.exiftool.org/EXIF/ExifIFD/1.0/":         "ExifIFD",
	"http://www.digikam.org/ns/1.0/":                   "digiKam",
	"http://www.dji.com/drone-dji/1.0/":                "drone-dji",
	"http://pix4d.com/camera/1.0":                      "Camera",
	"http://ns.google.com/photos/1.0/panorama/":        "GPano",
	"http://ns.adobe.com/hdr-gain-map/1.0/":            "hdrgm",
	"http://ns.adobe.com/camera-raw-settings/1.0/":     "crs",
	"http://ns.adobe.com/xap/1.0/sType/ResourceEvent#": "stEvt",
	"http://ns.adobe.com/xap/1.0/sType/ResourceRef#":   "stRef",
}

// Is reports whether bytes look like a packet, or a sidecar file.
func Is(head []byte) bool {
	head = head[:min(len(head), 4096)]
	return bytes.Contains(head, []byte("<x:xmpmeta")) || bytes.Contains(head, []byte("<x:xapmeta")) || bytes.Contains(head, []byte("<rdf:RDF")) ||
		bytes.Contains(head, []byte("W5M0MpCehiHzreSzNTczkc9d")) || bytes.Contains(head, []byte("adobe:ns:meta/"))
}

// Parse reads a packet.
func Parse(b []byte) Packet {
	if len(b) > MaxPacket {
		b = b[:MaxPacket]
	}
	r := reader{}
	// One parser, not strict: a packet is often cut, and the names of its prefixes may be undeclared.
	d := xml.NewDecoder(bytes.NewReader(Plain(b)))
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	for range maxTokens {
		token, err := d.Token()
		if err != nil {
			break
		}
		switch token := token.(type) {
		case xml.StartElement:
			if !r.start(token) {
				return r.packet
			}
		case xml.EndElement:
			r.end()
		case xml.CharData:
			r.text(token)
		}
	}
	return r.packet
}

// Plain turns XML in UTF-16, with or without its mark, into UTF-8 and drops zero padding.
func Plain(b []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}), bytes.HasPrefix(b, []byte{0, '<'}):
		order = binary.BigEndian
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}), bytes.HasPrefix(b, []byte{'<', 0}):
		order = binary.LittleEndian
	default:
		return bytes.TrimRight(bytes.TrimPrefix(b, []byte{0xef, 0xbb, 0xbf}), "\x00")
	}
	units := make([]uint16, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		units = append(units, order.Uint16(b))
	}
	return []byte(strings.TrimPrefix(string(utf16.Decode(units)), "\ufeff"))
}
