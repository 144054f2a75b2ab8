package pagetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// patience is how long anything is waited for: far beyond what it needs.
const patience = 30 * time.Second

// browser is the one Chromium of all tests, started by the first that needs it.
var browser struct {
	once sync.Once
	ctx  context.Context //nolint:containedctx // it is what chromedp calls a browser
	stop func()
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if browser.stop != nil {
		browser.stop()
	}
	os.Exit(code)
}

// errNone is that there is no Chromium here.
var errNone = errors.New("there is no chromium")

// chromium returns the browser, or ends the test.
func chromium(t testing.TB) context.Context {
	t.Helper()
	browser.once.Do(start)
	switch {
	case browser.err == nil:
	case errors.Is(browser.err, errNone) && os.Getenv("HOMEROLL_TESTS_WHOLE") != "1":
		t.Skip(browser.err)
	default:
		t.Fatal(browser.err)
	}
	return browser.ctx
}

func start() {
	path, err := findChromium()
	if err != nil {
		browser.err = err
		return
	}
	dir, err := os.MkdirTemp("", "pagetest")
	if err != nil {
		browser.err = err
		return
	}
	options := append([]chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.UserDataDir(dir), chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("headless", "new"), chromedp.Flag("enable-precise-memory-info", true), chromedp.WindowSize(1440, 900),
		chromedp.Env("LANGUAGE=en", "LANG=en_US.UTF-8"), chromedp.Flag("lang", "en-US"), chromedp.WSURLReadTimeout(patience),
	}, flags("disable-gpu", "disable-background-networking", "disable-component-update", "disable-sync", "disable-default-apps",
		"disable-extensions", "hide-scrollbars", "mute-audio", "metrics-recording-only", "disable-background-timer-throttling",
		"disable-backgrounding-occluded-windows", "disable-renderer-backgrounding", "disable-dev-shm-usage", "no-pings")...)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	allocated, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stopBrowser := chromedp.NewContext(allocated)
	browser.ctx = ctx
	browser.stop = func() {
		stopBrowser()
		stopAllocator()
		_ = os.RemoveAll(dir) // what a browser left behind
	}
	if err := chromedp.Do(ctx); err != nil {
		browser.err = fmt.Errorf("start %s: %w", path, err)
	}
}

func flags(names ...string) (options []chromedp.ExecAllocatorOption) {
	for _, name := range names {
		options = append(options, chromedp.Flag(name, true))
	}
	return options
}

func findChromium() (string, error) {
	if path := os.Getenv("HOMEROLL_CHROMIUM"); path != "" {
		return path, nil
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errNone
}
