package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"homeroll/node"
	"homeroll/node/api"
)

func (a *app) stateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "state",
		Short: "Save this device's identity, home and settings to a file, or bring them back",
		Long: "The state is who this device is (its key), which home it belongs to (the roster) and its\n" +
			"settings. Brought back on a new disk or computer, the device is the same one again, without\n" +
			"pairing; what it held is found again in its folders and its vault.",
		Example: "  homeroll state export /media/usb/anna-laptop.tar\n  homeroll state import /media/usb/anna-laptop.tar",
		Args:    cobra.NoArgs,
		RunE:    showHelp,
	}
	cmd.AddCommand(a.stateExport(), a.stateImport())
	return cmd
}

func (a *app) stateExport() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "export FILE",
		Short: "Save identity, home and settings to a file (a tar archive)",
		Long: "Saves identity, home and settings to a file, a tar archive of a few kilobytes. Whoever has it\n" +
			"can be this device in your home: keep it where you would keep a key.",
		Example: "  homeroll state export /media/usb/anna-laptop.tar",
		Args:    exactArgs("the file to write", 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := os.Lstat(args[0]); err == nil {
				if err := a.confirm(yes, "Overwrite "+args[0]+"?"); err != nil {
					return err
				}
			}
			return a.exportState(args[0])
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

func (a *app) exportState(file string) (err error) {
	state, err := a.stateDir()
	if err != nil {
		return err
	}
	out, err := os.CreateTemp(filepath.Dir(file), ".homeroll-state-*") // 0600: there is a key in it
	if err != nil {
		return cannotExport(file, err)
	}
	defer os.Remove(out.Name()) // nothing is left there once it is renamed
	k, err := node.ExportState(state, time.Now(), out)
	if err == nil {
		err = out.Sync()
	}
	err = errors.Join(err, out.Close())
	if err == nil {
		err = os.Rename(out.Name(), file)
	}
	if errors.Is(err, node.ErrNoState) {
		return &failure{code: api.ExitFailed, message: err.Error(), hint: "say where with --state DIR; the first " + a.command("run") + " makes one"}
	}
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(stateDocument{api.Schema, file, string(k.Device), k.Name, k.Members, k.Created, k.Files})
	}
	a.say("Saved %s to %s.", whoseState(k), file)
	a.say("It holds this device's key: whoever has the file can be this device in your home. Keep it like a key.")
	return nil
}

// cannotExport says what to do about a place where no file can be made.
func cannotExport(file string, err error) error {
	hint := "name a file in a directory that you may write to"
	if dir := filepath.Dir(file); errors.Is(err, fs.ErrNotExist) {
		hint = "there is no directory " + dir + ": make it, or name a file elsewhere"
	}
	var in *fs.PathError // whose path is that of a temporary file
	if errors.As(err, &in) {
		err = in.Err
	}
	return &failure{code: api.ExitFailed, message: fmt.Sprintf("write %s: %v", file, err), hint: hint}
}

func whoseState(k node.Keepsake) string {
	name := k.Name
	if name == "" {
		name = k.Device.Short()
	}
	return fmt.Sprintf("the state of %s (a home of %s)", name, plural(int64(k.Members), "device", "devices"))
}

func (a *app) stateImport() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Bring identity, home and settings back from a file",
		Long: "Brings identity, home and settings back from a file of homeroll state export, while no node\n" +
			"runs here. Nothing is changed unless the whole file is right. Do not run the old device any\n" +
			"more: two devices with one key both ask for attention.",
		Example: "  homeroll state import /media/usb/anna-laptop.tar\n  homeroll run",
		Args:    exactArgs("a file of homeroll state export", 1),
		RunE: func(_ *cobra.Command, args []string) error {
			k, err := a.importState(args[0], yes)
			if errors.Is(err, fs.ErrExist) {
				if err := a.confirm(yes, "This device's state is there already. Replace it by the older one in "+args[0]+"?"); err != nil {
					return err
				}
				k, err = a.importState(args[0], true)
			}
			if err != nil {
				return explainImport(err)
			}
			if a.json {
				return a.printJSON(stateDocument{api.Schema, args[0], string(k.Device), k.Name, k.Members, k.Created, k.Files})
			}
			a.say("Brought back %s, as of %s. To go on: %s", whoseState(k), k.Created.Local().Format(time.DateTime), a.command("run"))
			return nil
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

func (a *app) importState(file string, replace bool) (node.Keepsake, error) {
	state, err := a.stateDir()
	if err != nil {
		return node.Keepsake{}, err
	}
	in, err := os.Open(file)
	if err != nil {
		return node.Keepsake{}, usage("name a file that homeroll state export wrote", "%v", err)
	}
	defer in.Close()
	return node.ImportState(state, replace, in)
}

func explainImport(err error) error {
	switch {
	case errors.Is(err, node.ErrKeepsake):
		return &failure{code: api.ExitFailed, message: err.Error(), hint: "nothing was changed; take another copy of the file"}
	case errors.Is(err, node.ErrOtherDevice):
		return usage("nothing was changed; name another state directory with --state DIR, or move this one away", "%v", err)
	}
	return err
}
