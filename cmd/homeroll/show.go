package main

import (
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"homeroll/node/api"
)

func (a *app) showCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show PATH|HASH",
		Short: "Show all that is known of a photo or video",
		Long: "Shows what a photo or video says of itself: type, size, when it was taken and what says so, camera,\n" +
			"place; what it is one picture with; its names on each device, and who holds it.",
		Example: "  homeroll show ~/Pictures/IMG_0042.jpg",
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
			info, err := client.Show(cmd.Context(), target)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(info)
			}
			return a.printShow(info)
		},
	}
}

func (a *app) printShow(info *api.ShowInfo) error {
	fmt.Fprintln(a.out, showTitle(info))
	fmt.Fprintln(a.out)
	if err := a.table(showRows(info)); err != nil || len(info.Names) == 0 {
		return err
	}
	fmt.Fprintln(a.out)
	names := [][]string{{"NAMED BY", "FOLDER", "PATH", "CHANGED"}}
	for _, n := range info.Names {
		names = append(names, []string{n.Device, n.Folder, n.Path, n.MTime.Local().Format(time.DateTime)})
	}
	return a.table(names)
}

// showTitle is a name of the item, what it is, and how large.
func showTitle(info *api.ShowInfo) string {
	parts := []string{info.Hash[:12]}
	if len(info.Names) > 0 {
		parts[0] = path.Base(info.Names[0].Path)
	}
	kind := []string{}
	if info.Type != nil {
		kind = append(kind, *info.Type)
	}
	if info.Width != nil && info.Height != nil {
		kind = append(kind, fmt.Sprintf("%d × %d", *info.Width, *info.Height))
	}
	if info.DurationSeconds != nil {
		kind = append(kind, clockText(*info.DurationSeconds))
	}
	return strings.Join(append(parts, strings.Join(append(kind, bytesText(info.Size)), ", ")), "  ")
}

// showRows are what is known, each with its name; what is not known has no row.
func showRows(info *api.ShowInfo) [][]string {
	rows := [][]string{{"Taken", takenText(info)}}
	add := func(name, text string) {
		if text != "" {
			rows = append(rows, []string{name, text})
		}
	}
	add("Camera", strings.Join(nonEmpty(textOf(info.Make), textOf(info.Model)), " "))
	add("Lens", textOf(info.Lens))
	add("Place", placeText(info.GPS))
	if info.Orientation != nil && *info.Orientation > 1 && *info.Orientation < len(orientations) {
		add("Orientation", fmt.Sprintf("%d: %s", *info.Orientation, orientations[*info.Orientation]))
	}
	if g := info.Group; g != nil {
		add("Group", fmt.Sprintf("%s of %s", g.Kind, plural(int64(len(g.Members)), "file", "files")))
		for _, member := range g.Members {
			if member != info.Hash {
				add("", "with "+member)
			}
		}
	}
	if info.Note != nil {
		add("Not shown", *info.Note+": homeroll problems says more")
	}
	holders := strings.Join(info.Holders, ", ")
	if holders == "" {
		holders = "no device"
	}
	add("Held by", holders)
	add("Hash", info.Hash)
	return rows
}

// orientations are EXIF's, as what is to be done before the picture is upright.
var orientations = []string{
	"", "", "mirrored", "turn by 180°", "mirrored, turn by 180°", "mirrored, turn left", "turn right", "mirrored, turn right", "turn left",
}

func takenText(info *api.ShowInfo) string {
	t := info.Taken
	switch {
	case t == nil && !info.Held:
		return "unknown: this device does not hold it"
	case t == nil:
		return "unknown: nothing says so"
	}
	text := ""
	if t.Local != nil {
		text = strings.Replace(*t.Local, "T", " ", 1)
		if local, err := time.Parse("2006-01-02T15:04:05", *t.Local); err == nil {
			text = local.Format("Monday ") + text
		}
	} else if t.UTC != nil {
		text = t.UTC.Format("Monday 2006-01-02 15:04:05.999999999 UTC")
	}
	if t.Offset != nil {
		text += " " + *t.Offset
	}
	return text + "  (" + t.Source + ")"
}

func placeText(p *api.Position) string {
	if p == nil {
		return ""
	}
	return fmt.Sprintf("%.5f, %.5f", p.Latitude, p.Longitude)
}

// clockText writes seconds as "0:07" or "1:02:03".
func clockText(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second)).Round(time.Second)
	h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	if h > 0 {
		return fmt.Sprintf("%d:%02d:%02d", h, m, s)
	}
	return fmt.Sprintf("%d:%02d", m, s)
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func nonEmpty(texts ...string) []string {
	var kept []string
	for _, t := range texts {
		if t != "" {
			kept = append(kept, t)
		}
	}
	return kept
}
