package main

import (
	"bytes"
	"testing"
	"time"

	"homeroll/node/api"
)

// The documents that scripts of other people rely on.
func TestDocuments(t *testing.T) {
	s := testStatuses()["backing-up"]
	problem := testStatuses()["attention"].Problems[1]
	for name, doc := range map[string]any{
		"done":     doneDocument{api.Schema, "done", "Resumed."},
		"version":  versionDocument{api.Schema, "0.1.0", "go1.26.8", "linux/arm64"},
		"devices":  devicesDocument{api.Schema, listDevices(s, testNow)},
		"folders":  foldersDocument{api.Schema, s.Library.Folders},
		"vault":    vaultDocument{api.Schema, s.Vault},
		"problems": problemsDocument{api.Schema, 1, 0, []api.Problem{problem}, orEmpty[api.Skipped](nil)},
		"service":  serviceDocument{api.Schema, true, true, "/home/anna/.config/systemd/user/homeroll.service", "active, running, enabled"},
		"config": configDocument{api.Schema, "/home/anna/.local/share/homeroll/config.toml", map[string]any{"vault.budget": int64(110e9), "copies.wanted": nil, "device.nas": false},
			[]folderDocument{{"/home/anna/Pictures", []string{"*.tmp"}}}, []string{"vault.budget"}},
		"setting": settingDocument{api.Schema, "peers.static", []string{"nas:8471"}},
		"state": stateDocument{api.Schema, "/media/usb/anna-laptop.tar", "12D3KooWAnna", "anna-laptop", 2,
			time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC), []string{"identity.key", "roster", "addresses.json", "config.toml"}},
		"demo": demoDocument{api.Schema, 12, 0.8, "/tmp/homeroll-demo-1", []*api.Status{}},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := (&app{out: &b}).printJSON(doc); err != nil {
				t.Fatal(err)
			}
			golden(t, "json/"+name+".golden", b.Bytes())
		})
	}
}
