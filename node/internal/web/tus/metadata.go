package tus

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// maxMetadata bounds the header, in bytes.
const maxMetadata = 8 << 10

// pairs are what a sender says of a file: filename, filetype, lastModified.
type pairs map[string]string

// metadata reads Upload-Metadata: keys, each with a value in base64, between
// commas.
func metadata(header string) (pairs, error) {
	if len(header) > maxMetadata {
		return nil, fmt.Errorf("more than %d bytes of metadata", maxMetadata)
	}
	all := pairs{}
	for part := range strings.SplitSeq(header, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), " ")
		if key == "" {
			continue
		}
		text, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value))
		if err != nil {
			return nil, fmt.Errorf("metadata %q is no base64", key)
		}
		if _, twice := all[key]; twice {
			return nil, fmt.Errorf("metadata %q is there twice", key)
		}
		all[key] = string(text)
	}
	return all, nil
}

// modified is the time of the file: milliseconds since 1970, as browsers say it,
// or RFC 3339; zero if it is neither, or cannot be.
func (p pairs) modified() time.Time {
	text := p["lastModified"]
	at, err := time.Parse(time.RFC3339Nano, text)
	if ms, msErr := strconv.ParseInt(text, 10, 64); msErr == nil {
		at, err = time.UnixMilli(ms).UTC(), nil
	}
	if err != nil || at.Year() < 1900 || at.Year() > 2200 {
		return time.Time{}
	}
	return at
}

func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
