package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets scripts run this binary as the real homeroll, in processes of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"homeroll": main})
}

// TestScripts runs the real program: see testdata/script. Besides testscript's own commands, there are those of
// script_commands_test.go.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		UpdateScripts:       *update,
		Setup:               quietHome,
		Condition:           scriptCondition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    cmdExits,
			"json":     cmdJSON,
			"becomes":  cmdBecomes,
			"photo":    cmdPhoto,
			"start":    cmdStart,
			"expect":   cmdExpect,
			"signal":   cmdSignal,
			"ends":     cmdEnds,
			"same":     cmdSame,
			"together": cmdTogether,
		},
	})
}

// quietHome gives each script a home directory of its own, and nodes that find each other only where they are told to: scripts
// run side by side, and on machines without a network.
func quietHome(env *testscript.Env) error {
	home := filepath.Join(env.WorkDir, "home")
	for name, value := range map[string]string{
		"HOME":                     home,
		"USERPROFILE":              home,
		"LocalAppData":             filepath.Join(home, "local"),
		"TMPDIR":                   env.WorkDir,
		"XDG_DATA_HOME":            "",
		"XDG_CONFIG_HOME":          "",
		"XDG_CACHE_HOME":           "",
		"XDG_RUNTIME_DIR":          "",
		"DBUS_SESSION_BUS_ADDRESS": "",
		"HOMEROLL_PEERS_MULTICAST": "false",
		"HOMEROLL_PEERS_LISTEN":    "127.0.0.1:0",
		"HOMEROLL_WEB_ADDR":        "off",
	} {
		env.Setenv(name, value)
	}
	path, err := exec.LookPath("homeroll")
	if err != nil {
		return err
	}
	env.Setenv("HOMEROLL", path)
	env.Values[processesKey{}] = map[string]*process{}
	return os.Mkdir(home, 0o755)
}

func scriptCondition(condition string) (bool, error) {
	switch condition {
	case "root":
		return os.Geteuid() == 0, nil
	default:
		return false, nil
	}
}
