package find

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"homeroll/node/internal/web/home"
)

func TestWhatPeopleTypeIsRead(t *testing.T) {
	for text, want := range map[string]home.Filter{
		"":                          {},
		"  lake  Zürich ":           {Words: []string{"lake", "Zürich"}},
		`"on the lake" boat`:        {Words: []string{"on the lake", "boat"}},
		`camera:"Canon EOS R5" sea`: {Camera: "Canon EOS R5", Words: []string{"sea"}},
		`"on the`:                   {Words: []string{"on the"}},
		"Type:VIDEO is:favourite":   {Type: "video", Favourite: true},
		"is:favorite":               {Favourite: true},
		"is:odd":                    {Words: []string{"is odd"}},
		"date:2024":                 {From: "2024-01-01", To: "2024-12-31"},
		"date:2024-02":              {From: "2024-02-01", To: "2024-02-29"},
		"date:2024-1-5":             {From: "2024-01-05", To: "2024-01-05"},
		"date:2024-10..2024-11-03":  {From: "2024-10-01", To: "2024-11-03"},
		"date:..2019":               {To: "2019-12-31"},
		"date:2019..":               {From: "2019-01-01"},
		"date:..":                   {Words: []string{"date .."}},
		"date:2024-13":              {Words: []string{"date 2024-13"}},
		"colour:red":                {Words: []string{"colour red"}},
		"device: phone":             {Words: []string{"device", "phone"}},
		":x":                        {Words: []string{":x"}},
		"name:IMG_*.heic":           {Name: "IMG_*.heic"},
		"place:Lyon folder:Norway":  {Place: "Lyon", Folder: "Norway"},
	} {
		if got := Parse(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%q is read as %+v, want %+v", text, got, want)
		}
	}
}

// Whatever is typed ends, and no text of it is lost.
func TestParseTakesAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := Split(rapid.StringOf(rapid.SampledFrom([]rune("ab :\"\t.2-é"))).Draw(t, "text"))
		for _, p := range parts {
			if p.Key != "" && p.Key[0] == ':' {
				t.Fatalf("key %q", p.Key)
			}
		}
	})
}
