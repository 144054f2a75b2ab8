package walk

import "testing"

func TestIgnorePatterns(t *testing.T) {
	rows := []struct {
		pattern, path string
		want          bool
	}{
		{"*.png", "a.png", true},
		{"*.png", "deep/er/a.png", true},
		{"*.png", "a.jpg", false},
		{"Screenshots", "x/Screenshots", true},
		{"x/Screenshots", "x/Screenshots", true},
		{"x/Screenshots", "y/x/Screenshots", false},
		{"/top.jpg", "top.jpg", true},
		{"/top.jpg", "sub/top.jpg", false},
		{"**/cache/**", "a/cache/b/c.jpg", true},
		{"**/cache/*.jpg", "a/cache/b/c.jpg", false},
		{"a/**/z.jpg", "a/z.jpg", true},
		{"a/**/z.jpg", "a/b/c/z.jpg", true},
		{"a/**/z.jpg", "b/c/z.jpg", false},
		{"a/**/b/**/c", "a/b/x/b/c", true},
		{"IMG_[0-9].jpg", "IMG_7.jpg", true},
		{"sub/", "sub", true},
		{"", "anything", false},
	}
	for _, r := range rows {
		ig, err := ParseIgnore([]string{r.pattern})
		if err != nil {
			t.Fatal(err)
		}
		if got := ig.Match(r.path); got != r.want {
			t.Errorf("%q matches %q: %v", r.pattern, r.path, got)
		}
	}
	if _, err := ParseIgnore([]string{"[a-"}); err == nil {
		t.Error("a malformed pattern was accepted")
	}
}
