package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"homeroll/node/api"
	"homeroll/node/config"
)

func (a *app) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Show, change or check the settings of this device",
		Long: "The settings are in config.toml in the state directory. HOMEROLL_SECTION_KEY in the environment\n" +
			"overrides the file; flags of run override both. What all devices share (" + strings.Join(config.HomeWide(), ", ") + ")\n" +
			"is not in the file, but read and changed the same way while a node runs.",
		Example: "  homeroll config show\n  homeroll config set vault.budget \"200 GB\"",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.showConfig(cmd.Context()) },
	}
	cmd.AddCommand(
		&cobra.Command{
			Use:     "show",
			Short:   "Show every setting as it is in force",
			Example: "  homeroll config show --json",
			Args:    cobra.NoArgs,
			RunE:    func(cmd *cobra.Command, _ []string) error { return a.showConfig(cmd.Context()) },
		},
		&cobra.Command{
			Use:               "get KEY",
			Short:             "Print one setting",
			Example:           "  homeroll config get vault.budget",
			Args:              exactArgs("one key, such as vault.budget", 1),
			ValidArgsFunction: completeKeys,
			RunE:              func(cmd *cobra.Command, args []string) error { return a.getConfig(cmd.Context(), args[0]) },
		},
		&cobra.Command{
			Use:               "set KEY VALUE",
			Short:             "Change one setting; lists are separated by commas",
			Example:           "  homeroll config set vault.budget \"200 GB\"\n  homeroll config set copies.wanted 3",
			Args:              exactArgs("a key and its value", 2),
			ValidArgsFunction: completeKeys,
			RunE:              func(cmd *cobra.Command, args []string) error { return a.setConfig(cmd.Context(), args[0], args[1]) },
		},
		&cobra.Command{
			Use:     "check",
			Short:   "Check the file and the environment",
			Example: "  homeroll config check",
			Args:    cobra.NoArgs,
			RunE:    func(*cobra.Command, []string) error { return a.checkConfig() },
		},
	)
	return cmd
}

func completeKeys(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return slices.Concat(config.Keys(), config.HomeWide()), cobra.ShellCompDirectiveNoFileComp
}

// inForce loads the settings of the next run: the file's, or the defaults, with the environment's
// over them. Which ones are the environment's is told.
func (a *app) inForce() (path string, c config.Config, overridden []string, err error) {
	state, err := a.stateDir()
	if err != nil {
		return "", c, nil, err
	}
	path = config.File(state)
	c, err = config.Load(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return path, c, nil, err
	}
	overridden, err = c.Override(os.Environ())
	return path, c, overridden, err
}

func (a *app) showConfig(ctx context.Context) error {
	path, c, overridden, err := a.inForce()
	if err != nil {
		return err
	}
	if a.json {
		return a.printConfigJSON(ctx, path, c, overridden)
	}
	where := path
	if _, err := os.Stat(path); err != nil {
		where += " (not there yet: the first run writes it)"
	}
	a.say("# %s", where)
	for _, key := range config.Keys() {
		value, err := c.Get(key)
		if err != nil {
			return err
		}
		line := key + " = " + value
		if slices.Contains(overridden, key) {
			line += "    # from the environment"
		}
		fmt.Fprintln(a.out, plain(line))
	}
	for _, f := range c.Folders {
		line := "folder = " + f.Path
		if len(f.Ignore) > 0 {
			line += "    # without " + strings.Join(f.Ignore, ", ")
		}
		fmt.Fprintln(a.out, plain(line))
	}
	for _, key := range config.HomeWide() {
		if value, err := a.homeSetting(ctx, key); err == nil {
			fmt.Fprintln(a.out, plain(key+" = "+value+"    # of the whole home"))
		}
	}
	return nil
}

func (a *app) printConfigJSON(ctx context.Context, path string, c config.Config, overridden []string) error {
	doc := configDocument{Schema: api.Schema, Path: path, Settings: map[string]any{}, Folders: []folderDocument{}, Overridden: orEmpty(overridden)}
	for _, key := range config.Keys() {
		value, err := c.Value(key)
		if err != nil {
			return err
		}
		doc.Settings[key] = value
	}
	for _, f := range c.Folders {
		doc.Folders = append(doc.Folders, folderDocument{f.Path, orEmpty(f.Ignore)})
	}
	for _, key := range config.HomeWide() {
		doc.Settings[key] = nil // unknown without a node
		if value, err := a.homeSetting(ctx, key); err == nil {
			doc.Settings[key] = value
		}
	}
	return a.printJSON(doc)
}

func (a *app) homeSetting(ctx context.Context, key string) (string, error) {
	client, err := a.dial()
	if err != nil {
		return "", err
	}
	return client.Setting(ctx, key)
}

func (a *app) getConfig(ctx context.Context, key string) error {
	var value any
	var text string
	if slices.Contains(config.HomeWide(), key) {
		setting, err := a.homeSetting(ctx, key)
		if err != nil {
			return err
		}
		value, text = setting, setting
	} else {
		_, c, _, err := a.inForce()
		if err != nil {
			return err
		}
		if text, err = c.Get(key); err != nil {
			return err
		}
		if value, err = c.Value(key); err != nil {
			return err
		}
	}
	if a.json {
		return a.printJSON(settingDocument{api.Schema, key, value})
	}
	_, err := fmt.Fprintln(a.out, plain(text))
	return err
}

func (a *app) setConfig(ctx context.Context, key, value string) error {
	if slices.Contains(config.HomeWide(), key) {
		return a.setHomeSetting(ctx, key, value)
	}
	state, err := a.stateDir()
	if err != nil {
		return err
	}
	path := config.File(state)
	c, err := config.Update(path, func(c *config.Config) error {
		before := c.Vault.Dir
		if err := c.Set(key, value); err != nil {
			return err
		}
		if key == "vault.dir" && before != "" && before != c.Vault.Dir {
			return usage("to move it: "+a.command("vault", "move", "DIR"), "the vault cannot be changed by its setting, as what is in %s would be lost from sight", before)
		}
		return nil
	})
	if err != nil {
		return err
	}
	text, err := c.Get(key)
	if err != nil {
		return err
	}
	when := ""
	if _, err := a.dial(); err == nil {
		when = " It takes effect when the node starts again."
	}
	return a.done("%s is now %q.%s", key, text, when)
}

func (a *app) setHomeSetting(ctx context.Context, key, value string) error {
	client, err := a.dial()
	if err != nil {
		return err
	}
	if err := client.SetSetting(ctx, key, value); err != nil {
		return err
	}
	return a.done("%s is now %q, for the whole home.", key, value)
}

func (a *app) checkConfig() error {
	path, _, overridden, err := a.inForce()
	if err != nil {
		return err
	}
	if strangers := config.Strangers(os.Environ()); len(strangers) > 0 && !a.json && !a.quiet {
		for _, v := range strangers {
			fmt.Fprintln(a.err, plain("warning: "+v.String()))
		}
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return a.done("%s is not there yet: the first run writes it.", path)
	}
	if len(overridden) > 0 {
		return a.done("%s is right; the environment overrides %s.", path, strings.Join(overridden, ", "))
	}
	return a.done("%s is right.", path)
}
