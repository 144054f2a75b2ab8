package main

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"homeroll/node/api"
)

func (a *app) foldersCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "folders",
		Short:   "List, add, remove or confirm the folders that this device watches",
		Example: "  homeroll folders\n  homeroll folders add ~/Videos",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.listFolders(cmd) },
	}
	cmd.AddCommand(a.foldersList(), a.foldersAdd(), a.foldersRemove(), a.foldersConfirm())
	return cmd
}

func (a *app) foldersList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the folders that this device watches",
		Example: "  homeroll folders list --json",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.listFolders(cmd) },
	}
}

func (a *app) listFolders(cmd *cobra.Command) error {
	client, err := a.dial()
	if err != nil {
		return err
	}
	s, err := client.Status(cmd.Context())
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(foldersDocument{api.Schema, orEmpty(s.Library.Folders)})
	}
	if len(s.Library.Folders) == 0 {
		a.say("No folder is watched. To watch one: %s", a.command("folders", "add", "DIR"))
		return nil
	}
	rows := [][]string{{"PATH", "ITEMS", "SIZE", "STATE"}}
	for _, f := range s.Library.Folders {
		state := f.State
		if f.Detail != "" {
			state += ": " + f.Detail
		}
		rows = append(rows, []string{f.Path, countText(f.Items), bytesText(f.Bytes), state})
	}
	return a.table(rows)
}

func (a *app) foldersAdd() *cobra.Command {
	var ignore []string
	cmd := &cobra.Command{
		Use:     "add DIR",
		Short:   "Watch a folder and back it up; it is never changed",
		Example: "  homeroll folders add ~/Videos --ignore '*.tmp' --ignore 'Drafts/*'",
		Args:    exactArgs("the directory", 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := existingDir(args[0])
			if err != nil {
				return err
			}
			for _, pattern := range ignore {
				if _, err := filepath.Match(pattern, "x"); err != nil {
					return usage("* and ? match within a name, such as '*.tmp'", "--ignore %q is not a pattern", pattern)
				}
			}
			client, err := a.dial()
			if err != nil {
				return err
			}
			if err := client.AddFolder(cmd.Context(), path, ignore); err != nil {
				return err
			}
			return a.done("Watching %s; it is never changed.", path)
		},
	}
	cmd.Flags().StringArrayVar(&ignore, "ignore", nil, "pattern of what to leave out; can be given again")
	return cmd
}

func (a *app) foldersRemove() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:     "remove DIR",
		Short:   "Stop watching a folder; nothing is deleted",
		Long:    "Stops watching a folder. No file is deleted, here or elsewhere, but what is in it is no longer\nbacked up, and its files no longer count as copies.",
		Example: "  homeroll folders remove ~/Videos",
		Args:    exactArgs("the directory", 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := absolute(args[0]) // it need not exist any more
			if err != nil {
				return usage("name the directory", "%v", err)
			}
			client, err := a.dial()
			if err != nil {
				return err
			}
			if err := a.confirm(yes, "Stop watching and backing up "+path+"?"); err != nil {
				return err
			}
			if err := client.RemoveFolder(cmd.Context(), path); err != nil {
				return err
			}
			return a.done("%s is no longer watched. Its files are where they were.", path)
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}
