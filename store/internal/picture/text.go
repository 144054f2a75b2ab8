package picture

import (
	"bytes"
	"encoding/csv"
	"unicode/utf8"
)

// sniffText tells the types of text that lie among photos; "" for what is no text.
func sniffText(head []byte) string {
	trimmed := trim(head)
	switch {
	case len(trimmed) == 0:
		return ""
	case trimmed[0] == '<' && bytes.Contains(head, []byte("<plist")) && bytes.Contains(head, []byte("adjustmentBaseVersion")):
		return "application/vnd.apple.photos"
	case root(trimmed) == "svg":
		return "image/svg+xml"
	case !isText(head):
		return ""
	case isJSON(trimmed):
		return "application/json"
	case isTable(trimmed):
		return "text/csv"
	}
	return "text/plain"
}

func trim(head []byte) []byte {
	return bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
}

func isXML(head []byte) bool {
	b := trim(head)
	return len(b) > 0 && b[0] == '<' && isText(head)
}

// root is the name of the first element of an XML document; "" if it is none.
func root(b []byte) string {
	for len(b) > 1 && b[0] == '<' {
		if b[1] != '?' && b[1] != '!' {
			name := b[1:]
			if end := bytes.IndexAny(name, " \t\r\n/>"); end >= 0 {
				name = name[:end]
			}
			return string(name)
		}
		end := []byte(">")
		if bytes.HasPrefix(b, []byte("<!--")) {
			end = []byte("-->")
		}
		_, rest, ok := bytes.Cut(b, end)
		if !ok {
			return ""
		}
		b = bytes.TrimLeft(rest, " \t\r\n")
	}
	return ""
}

// isText reports whether bytes are UTF-8 without control characters; the last
// character may be cut.
func isText(b []byte) bool {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n <= 1 {
			return len(b) < utf8.UTFMax && !utf8.FullRune(b)
		}
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f' {
			return false
		}
		b = b[n:]
	}
	return true
}

// isJSON reports whether text begins like an object, or a list of them.
func isJSON(b []byte) bool {
	if b[0] != '{' && b[0] != '[' {
		return false
	}
	rest := bytes.TrimLeft(b[1:], " \t\r\n")
	return len(rest) > 0 && (rest[0] == '"' || rest[0] == '{' || rest[0] == '}' || rest[0] == ']')
}

// isTable reports whether the first two lines have commas between as many fields.
func isTable(b []byte) bool {
	r := csv.NewReader(bytes.NewReader(b))
	r.ReuseRecord = true
	first, err := r.Read()
	if err != nil || len(first) < 2 {
		return false
	}
	_, err = r.Read()
	return err == nil
}
