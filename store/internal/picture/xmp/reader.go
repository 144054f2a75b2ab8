package xmp

import (
	"encoding/xml"
	"strings"
)

// isForm reports whether a name is of what gives a packet its form.
func isForm(name string) bool {
	return strings.HasPrefix(name, "rdf:") || strings.HasPrefix(name, "x:")
}

// level is one open element.
type level struct {
	name string
	text strings.Builder
	item map[string]string // the structure that properties here belong to; nil = the picture
	// nested: below a property that is a structure, whose members are not the picture's.
	nested bool
}

// reader follows the elements of a packet.
type reader struct {
	packet Packet
	stack  []*level
}

// start opens an element; false if the packet is nested beyond reason.
func (r *reader) start(e xml.StartElement) bool {
	if len(r.stack) >= maxDepth {
		return false
	}
	here := &level{name: name(e.Name)}
	if len(r.stack) > 0 {
		above := r.stack[len(r.stack)-1]
		here.item, here.nested = above.item, above.nested
	}
	property := here.name != "" && !isForm(here.name)
	switch {
	case here.name == "rdf:li" || here.name == "Container:Item":
		r.open(here)
	case property && isStructure(e):
		here.nested = true
	case here.name == "rdf:Description" && len(r.stack) > 0 && r.inProperty():
		here.nested = true
	}
	for _, a := range e.Attr {
		r.set(here, name(a.Name), a.Value)
	}
	r.stack = append(r.stack, here)
	return true
}

// open starts a structure of a list, where the element has members.
func (r *reader) open(here *level) {
	if here.item != nil && len(here.item) == 0 {
		return // an Item within its li is the same structure
	}
	if len(r.packet.Items) >= maxItems {
		here.nested = true
		return
	}
	here.item = map[string]string{}
}

// inProperty reports whether the innermost element that is not of the form is a property.
func (r *reader) inProperty() bool {
	above := r.stack[len(r.stack)-1].name
	return above != "" && !isForm(above)
}

// isStructure reports whether the element says that it is a structure.
func isStructure(e xml.StartElement) bool {
	for _, a := range e.Attr {
		n := name(a.Name)
		if n == "rdf:parseType" || (n != "" && !isForm(n)) {
			return true
		}
	}
	return false
}

func (r *reader) set(here *level, name, value string) {
	value = strings.TrimSpace(value)
	if name == "" || isForm(name) || value == "" || len(value) > maxText {
		return
	}
	switch {
	case here.item != nil:
		if len(here.item) < maxItems {
			here.item[name] = value
		}
	case !here.nested:
		r.packet.set(name, value)
	}
}

func (r *reader) text(b []byte) {
	if len(r.stack) == 0 {
		return
	}
	here := r.stack[len(r.stack)-1]
	if here.text.Len()+len(b) <= maxText {
		here.text.Write(b)
	}
}

// end closes the innermost element: its text is the value of its property, and
// that of the first plain item of a list the value of the property with the list.
func (r *reader) end() {
	if len(r.stack) == 0 {
		return
	}
	here := r.stack[len(r.stack)-1]
	r.stack = r.stack[:len(r.stack)-1]
	text := strings.TrimSpace(here.text.String())
	if here.name != "rdf:li" {
		r.set(here, here.name, text)
		return
	}
	if len(here.item) > 0 {
		r.packet.Items = append(r.packet.Items, here.item)
		return
	}
	for i := len(r.stack) - 1; i >= 0; i-- {
		if above := r.stack[i]; !isForm(above.name) {
			r.set(above, above.name, text)
			return
		}
	}
}

// name is the customary name; "" for what is of no interest.
func name(n xml.Name) string {
	if p, ok := prefixes[n.Space]; ok {
		return p + ":" + n.Local
	}
	if n.Space == "adobe:ns:meta/" {
		return "x:" + n.Local
	}
	// Of an undeclared prefix the decoder leaves the prefix itself.
	for _, p := range prefixes {
		if n.Space == p {
			return p + ":" + n.Local
		}
	}
	return ""
}
