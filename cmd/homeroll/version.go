package main

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"homeroll/node/api"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version of this program",
		Example: "  homeroll version --json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if a.json {
				return a.printJSON(versionDocument{api.Schema, buildVersion(), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH})
			}
			return a.table([][]string{{"homeroll " + buildVersion()}})
		},
	}
}

// buildVersion is the release's number, or what the build knows of its commit.
func buildVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "0.0.0-dev"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "0.0.0-dev+" + s.Value[:12]
		}
	}
	return "0.0.0-dev"
}
