package main

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"homeroll/node/api"
)

func (a *app) copiesCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "copies PATH|HASH",
		Short:   "Show which devices hold a photo, and when each last verified it",
		Example: "  homeroll copies ~/Pictures/IMG_0042.jpg",
		Args:    exactArgs("a file's path or an item's hash", 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			target, err := fileOrHash(args[0])
			if err != nil {
				return err
			}
			client, err := a.dial()
			if err != nil {
				return err
			}
			info, err := client.Copies(cmd.Context(), target)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(info)
			}
			return a.printCopies(info)
		},
	}
}

// fileOrHash returns a file's absolute path, or an item's hash in lower case.
func fileOrHash(arg string) (string, error) {
	if hash := strings.ToLower(arg); isHash(hash) {
		return hash, nil
	}
	path, err := absolute(arg)
	if err != nil {
		return "", usage("name a file, or the 64 digits of a hash", "%v", err)
	}
	return path, nil
}

// isHash reports whether s is an item's hash rather than a path.
func isHash(s string) bool {
	raw, err := hex.DecodeString(s)
	return err == nil && len(raw) == 32
}

func (a *app) printCopies(info *api.CopiesInfo) error {
	state := plural(int64(info.Copies), "copy", "copies")
	if info.Trashed {
		state += ", in the trash"
	} else if info.Kept {
		state += ", kept: its user deleted or replaced it"
	} else {
		state += fmt.Sprintf(" of %d wanted", info.Wanted)
	}
	fmt.Fprintf(a.out, "%s  %s, %s\n\n", info.Hash, bytesText(info.Size), state)
	rows := [][]string{{"HELD BY", "STATE", "VERIFIED", "WHERE"}}
	for _, h := range info.Holders {
		rows = append(rows, holderRow(h, time.Now()))
	}
	if len(info.Holders) == 0 {
		rows = append(rows, []string{"no device", "", "", ""})
	}
	if err := a.table(rows); err != nil || len(info.Names) == 0 {
		return err
	}
	fmt.Fprintln(a.out)
	names := [][]string{{"NAMED BY", "FOLDER", "PATH", "CHANGED"}}
	for _, n := range info.Names {
		names = append(names, []string{n.Device, n.Folder, n.Path, n.MTime.Local().Format(time.DateTime)})
	}
	return a.table(names)
}

func holderRow(h api.Holder, now time.Time) []string {
	state := "offline"
	switch {
	case h.Self:
		state = "this device"
	case h.Online:
		state = "online"
	}
	if h.Away {
		state += ", not connected"
	}
	if !h.Counted {
		state += ", same disk as another: not counted"
	}
	verified := "unknown"
	if h.Verified != nil {
		verified = agoText(h.Verified, now)
	}
	return []string{h.Device, state, verified, strings.Join(h.Paths, ", ")}
}
