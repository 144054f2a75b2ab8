package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"homeroll/node/api"
)

func (a *app) trashCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "trash",
		Short: "Put photos into the trash of every device, list it, restore from it, or empty it here",
		Long: "What is in the trash is hidden on every device, and no longer backed up. Files in folders stay\n" +
			"where they are. Copies in vaults move to .trash there, and each device deletes its own 60 days\n" +
			"after it learned of it (trash.keep).",
		Example: "  homeroll trash add ~/Pictures/IMG_0042.jpg\n  homeroll trash list",
		Args:    cobra.NoArgs,
		RunE:    a.listTrash,
	}
	cmd.AddCommand(
		&cobra.Command{
			Use:     "add PATH|HASH…",
			Short:   "Hide photos on every device; no file in a folder is touched",
			Example: "  homeroll trash add ~/Pictures/IMG_0042.jpg",
			RunE:    a.trashAdd,
		},
		&cobra.Command{
			Use:     "list",
			Short:   "List what is in the trash, the latest first",
			Example: "  homeroll trash list --json",
			Args:    cobra.NoArgs,
			RunE:    a.listTrash,
		},
		&cobra.Command{
			Use:     "restore HASH…",
			Short:   "Take photos out of the trash again, on every device",
			Example: "  homeroll trash restore 44e1707eee447d78914c57c3f888ecd587c63118f5e7a41d8636ca96a919696b",
			RunE:    a.trashRestore,
		},
		a.trashEmpty(),
	)
	return cmd
}

func (a *app) trashEmpty() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "empty",
		Short: "Delete what this device's vault has in the trash, now and for good",
		Long: "Deletes what this device's vault has in .trash. Files in folders are never deleted, and other\n" +
			"devices keep what they have in theirs until its time is over.",
		Example: "  homeroll trash empty",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.emptyTrash(cmd, yes) },
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

func (a *app) trashAdd(cmd *cobra.Command, args []string) error {
	items, err := filesOrHashes(args)
	if err != nil {
		return err
	}
	client, err := a.dial()
	if err != nil {
		return err
	}
	changed, err := client.TrashAdd(cmd.Context(), items)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(changed)
	}
	a.say("%s in the trash of every device. To undo: %s", itemsAre(int64(changed.Items)), a.command("trash", "restore", "HASH"))
	return nil
}

func (a *app) trashRestore(cmd *cobra.Command, args []string) error {
	items, err := filesOrHashes(args)
	if err != nil {
		return err
	}
	client, err := a.dial()
	if err != nil {
		return err
	}
	changed, err := client.TrashRestore(cmd.Context(), items)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(changed)
	}
	a.say("%s restored on every device.", itemsAre(int64(changed.Items)))
	return nil
}

// filesOrHashes is fileOrHash for one or more.
func filesOrHashes(args []string) ([]string, error) {
	if len(args) == 0 {
		return nil, usage("name at least one: homeroll trash --help", "no photo is named")
	}
	items := make([]string, len(args))
	for i, arg := range args {
		var err error
		if items[i], err = fileOrHash(arg); err != nil {
			return nil, err
		}
	}
	return items, nil
}

func itemsAre(n int64) string {
	if n == 1 {
		return "1 item is"
	}
	return plural(n, "item", "items") + " are"
}

func (a *app) listTrash(cmd *cobra.Command, _ []string) error {
	client, err := a.dial()
	if err != nil {
		return err
	}
	info, err := client.Trash(cmd.Context())
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(info)
	}
	if info.Items == 0 {
		a.say("The trash is empty.")
		return nil
	}
	if err := a.table(trashRows(info, time.Now())); err != nil {
		return err
	}
	if more := info.Items - int64(len(info.Listed)); more > 0 {
		a.say("And %d more.", more)
	}
	return nil
}

func trashRows(info *api.TrashInfo, now time.Time) [][]string {
	rows := [][]string{{"HASH", "NAME", "SIZE", "SINCE", "HERE"}}
	for _, t := range info.Listed {
		name, size := "", ""
		if len(t.Names) > 0 {
			name = t.Names[0].Device + ": " + t.Names[0].Path
		}
		if t.Size > 0 {
			size = bytesText(t.Size)
		}
		rows = append(rows, []string{t.Hash, name, size, agoText(&t.Since, now), trashedHere(t)})
	}
	return rows
}

// trashedHere says what this device has of it.
func trashedHere(t api.TrashedItem) string {
	here := ""
	switch {
	case t.InVault && t.Purge != nil:
		here = "in the vault until " + t.Purge.Local().Format(time.DateOnly)
	case t.InVault:
		here = "in the vault"
	}
	if t.InFolder {
		if here != "" {
			here += ", "
		}
		here += "in a folder, where it stays"
	}
	if here == "" {
		return "nothing"
	}
	return here
}

func (a *app) emptyTrash(cmd *cobra.Command, yes bool) error {
	client, err := a.dial()
	if err != nil {
		return err
	}
	info, err := client.Trash(cmd.Context())
	if err != nil {
		return err
	}
	var items, bytes int64
	for _, t := range info.Listed {
		if t.InVault {
			items, bytes = items+1, bytes+t.Size
		}
	}
	if items > 0 {
		question := fmt.Sprintf("Delete %s (%s) from the trash of this device's vault for good?", plural(items, "item", "items"), bytesText(bytes))
		if err := a.confirm(yes, question); err != nil {
			return err
		}
	}
	emptied, err := client.TrashEmpty(cmd.Context())
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(emptied)
	}
	a.say("Deleted %s, %s.", plural(emptied.Files, "file", "files"), bytesText(emptied.Bytes))
	return nil
}
