package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// A place with everything that one of the three formats would take for its own syntax.
var awkward = serviceSpec{
	binary: `/opt/my "home" & co/100%/homeroll`,
	state:  `/home/anna/<state> $HOME\x`,
	user:   `HOUSE\anna & co`,
	home:   "/home/anna",
}

func TestServiceTexts(t *testing.T) {
	plain := serviceSpec{binary: "/usr/local/bin/homeroll", state: "/home/anna/.local/share/homeroll", user: "anna", home: "/home/anna"}
	for name, text := range map[string]string{
		"systemd":         systemdUnit(plain),
		"systemd-awkward": systemdUnit(awkward),
		"launchd":         launchdAgent(plain, "/Users/anna/Library/Logs/homeroll.log"),
		"launchd-awkward": launchdAgent(awkward, "/a & b.log"),
		"windows":         windowsTask(serviceSpec{binary: `C:\Program Files\homeroll\homeroll.exe`, state: `C:\Users\Anna Maria\AppData\Local\homeroll`, user: `HOUSE\anna`}),
		"windows-awkward": windowsTask(awkward),
	} {
		t.Run(name, func(t *testing.T) {
			golden(t, "service/"+name+".golden", []byte(text))
			if !strings.HasPrefix(name, "systemd") {
				wellFormed(t, strings.Replace(text, `encoding="UTF-16"`, `encoding="UTF-8"`, 1))
			}
		})
	}
}

func wellFormed(t *testing.T, text string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestWindowsQuotingIsWhatProgramsRead(t *testing.T) {
	for word, want := range map[string]string{
		`plain`: `plain`, ``: `""`, `a b`: `"a b"`, `C:\a b\`: `"C:\a b\\"`, `say "hi"`: `"say \"hi\""`, `a\"b`: `"a\\\"b"`,
	} {
		if got := windowsQuote(word); got != want {
			t.Errorf("%s is quoted as %s, want %s", word, got, want)
		}
	}
}
