package xmp_test

import (
	"strings"
	"testing"
	"unicode/utf16"

	"homeroll/store/internal/picture/xmp"
)

const packet = `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Some toolkit">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:a="http://ns.adobe.com/xap/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" xmlns:stRef="http://ns.adobe.com/xap/1.0/sType/ResourceRef#"
    xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:C="http://ns.google.com/photos/1.0/container/" xmlns:I="http://ns.google.com/photos/1.0/container/item/"
    a:CreateDate="2023-10-06T08:30:00" tiff:Make="Maker">
   <tiff:Model> Modèle &amp; co </tiff:Model>
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">Title</rdf:li><rdf:li xml:lang="fr">Titre</rdf:li></rdf:Alt></dc:title>
   <exif:Flash rdf:parseType="Resource"><exif:Fired>True</exif:Fired></exif:Flash>
   <xmpMM:DerivedFrom><rdf:Description a:ModifyDate="1999-01-01" tiff:Orientation="8"/></xmpMM:DerivedFrom>
   <xmpMM:Ingredient stRef:documentID="x" tiff:Software="another's"/>
   <C:Directory><rdf:Seq>
     <rdf:li rdf:parseType="Resource"><C:Item I:Mime="image/jpeg" I:Semantic="Primary"/></rdf:li>
     <rdf:li rdf:parseType="Resource"><C:Item I:Mime="video/mp4" I:Semantic="MotionPhoto" I:Length="99"/></rdf:li>
   </rdf:Seq></C:Directory>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>`

func TestParse(t *testing.T) {
	check := func(how string, p xmp.Packet) {
		t.Helper()
		for name, want := range map[string]string{
			"xmp:CreateDate": "2023-10-06T08:30:00", "tiff:Make": "Maker", "tiff:Model": "Modèle & co", "dc:title": "Title",
			"exif:Fired": "", "xmp:ModifyDate": "", "tiff:Orientation": "", "tiff:Software": "", "Item:Mime": "",
		} {
			if got := p.Get(name); got != want {
				t.Errorf("%s: %s is %q, not %q", how, name, got, want)
			}
		}
		var motion string
		for _, item := range p.Items {
			if item["Item:Semantic"] == "MotionPhoto" {
				motion = item["Item:Length"]
			}
		}
		if motion != "99" {
			t.Errorf("%s: items %v", how, p.Items)
		}
	}
	check("UTF-8", xmp.Parse([]byte(packet)))
	var wide []byte
	for _, u := range utf16.Encode([]rune("\ufeff" + packet)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	check("UTF-16", xmp.Parse(wide))
	check("padded", xmp.Parse([]byte(packet+strings.Repeat("\x00", 100))))
	check("cut at its end", xmp.Parse([]byte(packet[:strings.Index(packet, "</rdf:RDF>")])))
}

func TestParseOfHostilePackets(t *testing.T) {
	for what, s := range map[string]string{
		"nested":   strings.Repeat("<a>", 1_000_000),
		"wide":     `<a xmlns:tiff="http://ns.adobe.com/tiff/1.0/"` + strings.Repeat(` tiff:Make="x"`, 50_000) + ">",
		"entities": `<!DOCTYPE a [<!ENTITY b "cccccccc"><!ENTITY d "&b;&b;&b;&b;">]><a xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Make="&d;&d;&d;"/>`,
		"no XML":   "\x00\xff\xfe<",
	} {
		p := xmp.Parse([]byte(s))
		if len(p.Get("tiff:Make")) > 100 {
			t.Errorf("%s: %q", what, p.Get("tiff:Make"))
		}
	}
}

func TestAddKeepsWhatIsSaidFirst(t *testing.T) {
	one := xmp.Parse([]byte(packet))
	one.Add(xmp.Parse([]byte(strings.ReplaceAll(strings.ReplaceAll(packet, "Maker", "Other"), "dc:title", "dc:rights"))))
	if one.Get("tiff:Make") != "Maker" || one.Get("dc:rights") != "Title" {
		t.Errorf("%q, %q", one.Get("tiff:Make"), one.Get("dc:rights"))
	}
}
