package walk

import (
	"fmt"
	"path"
	"strings"
)

// Ignore are the patterns of one folder. A pattern without a slash is matched
// with base names, any other with the whole path inside the folder; "**"
// stands for any number of directories; a match on a directory ignores all
// below it. Otherwise patterns are those of path.Match.
type Ignore [][]string

// ParseIgnore checks patterns.
func ParseIgnore(patterns []string) (Ignore, error) {
	var ig Ignore
	for _, p := range patterns {
		clean := strings.Trim(strings.TrimSpace(p), "/")
		if clean == "" {
			continue
		}
		if _, err := path.Match(clean, ""); err != nil {
			return nil, fmt.Errorf("ignore pattern %q: %w", p, err)
		}
		segments := strings.Split(clean, "/")
		if len(segments) == 1 && !strings.HasPrefix(strings.TrimSpace(p), "/") {
			segments = []string{"**", segments[0]}
		}
		ig = append(ig, segments)
	}
	return ig, nil
}

// Match reports whether the path itself matches a pattern.
func (ig Ignore) Match(p string) bool {
	if len(ig) == 0 {
		return false
	}
	segments := strings.Split(p, "/")
	for _, pattern := range ig {
		if matchSegments(pattern, segments) {
			return true
		}
	}
	return false
}

// matchSegments remembers the last "**" and tries it one segment longer when
// what follows fails: linear in memory, quadratic at worst.
func matchSegments(pattern, segments []string) bool {
	p, s, star, mark := 0, 0, -1, 0
	for s < len(segments) {
		switch {
		case p < len(pattern) && pattern[p] == "**":
			star, mark, p = p, s, p+1
		case p < len(pattern) && matchOne(pattern[p], segments[s]):
			p, s = p+1, s+1
		case star >= 0:
			mark++
			p, s = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == "**" {
		p++
	}
	return p == len(pattern)
}

func matchOne(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}
