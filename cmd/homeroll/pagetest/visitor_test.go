package pagetest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// visitor is a person with a browser of their own: cookies, one tab, and an eye
// for what goes wrong in it.
type visitor struct {
	t   testing.TB
	ctx context.Context //nolint:containedctx // it is what chromedp calls a tab

	mu       sync.Mutex
	at       map[string]bool // hosts that may be asked
	faults   []string
	expected []string // parts of faults that a test causes
}

// visit opens a browser without cookies. It ends with the test, which fails if
// a page of it was at fault.
func visit(t testing.TB) *visitor {
	t.Helper()
	v := &visitor{t: t, at: map[string]bool{}}
	ctx, cancel := chromedp.NewContext(chromium(t), chromedp.WithNewBrowserContext(), chromedp.WithListener(v.listen))
	v.ctx = ctx
	t.Cleanup(func() {
		v.check()
		cancel()
	})
	if err := chromedp.Do(ctx); err != nil { // the tab lives as long as this context
		t.Fatal(err)
	}
	v.do(command(cdplog.Enable, cdp.Empty{}), command(network.Enable, network.EnableParams{}), command(page.Enable, page.EnableParams{}))
	v.size(1440, 900, false)
	return v
}

// listen notes what goes wrong.
func (v *visitor) listen(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		v.fault("exception: %s", thrown(e.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			v.fault("console.%s: %s", e.Type, spoken(e.Args))
		}
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == cdplog.EntryLevelError || e.Entry.Source == cdplog.EntrySourceSecurity {
			v.fault("log of %s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		v.request(e.Request.URL)
	case *page.EventJavascriptDialogOpening:
		v.fault("dialog %s: %s", e.Type, e.Message)
		go func() { // a listener must not wait; the tab may be closed meanwhile
			_ = chromedp.Do(v.ctx, command(page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true}))
		}()
	}
}

func thrown(e *runtime.ExceptionDetails) string {
	if e.Exception != nil && e.Exception.Description != "" {
		return e.Text + " " + e.Exception.Description
	}
	return e.Text + " " + e.URL
}

func spoken(args []*runtime.RemoteObject) string {
	var words []string
	for _, a := range args {
		words = append(words, strings.TrimSpace(string(a.Value)+" "+a.Description))
	}
	return strings.Join(words, " ")
}

// request notes what goes to a host that no test opened.
func (v *visitor) request(address string) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return
	}
	v.mu.Lock()
	known := v.at[u.Host]
	v.mu.Unlock()
	if !known {
		v.fault("request to another host: %s", address)
	}
}

func (v *visitor) fault(format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.faults = append(v.faults, fmt.Sprintf(format, args...))
}

// expect says that faults with this text are what the test is about.
func (v *visitor) expect(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.expected = append(v.expected, text)
}

// check fails the test for what went wrong so far.
func (v *visitor) check() {
	v.t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, fault := range v.faults {
		if !slices.ContainsFunc(v.expected, func(text string) bool { return strings.Contains(fault, text) }) {
			v.t.Errorf("the page was at fault: %s", fault)
		}
	}
	v.faults = nil
}

// action is what chromedp does in a tab.
type action = chromedp.Action[chromedp.Void]

// command is an action that calls the browser and ignores what it answers.
func command[P, R any](c cdp.Command[P, R], params P) action {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

// do runs actions in the tab.
func (v *visitor) do(actions ...action) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		v.t.Fatalf("%v\n%s", err, v.scene())
	}
}

// open goes to an address and waits until it is loaded.
func (v *visitor) open(address string) {
	v.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		v.t.Fatal(err)
	}
	v.mu.Lock()
	v.at[u.Host] = true
	v.mu.Unlock()
	v.do(chromedp.Navigate(address))
}

// eval evaluates an expression, which may be a promise.
func eval[T any](v *visitor, expression string) T {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	answer, err := evaluate[T](ctx, expression)
	if err != nil {
		v.t.Fatalf("%s: %v\n%s", expression, err, v.scene())
	}
	return answer
}

func evaluate[T any](ctx context.Context, expression string) (T, error) {
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise, func(p *runtime.EvaluateParams) {
		yes := true
		p.UserGesture = &yes
	}))
}

// eval evaluates an expression for what it does.
func (v *visitor) eval(expression string) {
	v.t.Helper()
	eval[chromedp.Void](v, expression)
}

// text returns the text of an element.
func (v *visitor) text(selector string) string {
	v.t.Helper()
	return eval[string](v, fmt.Sprintf("document.querySelector(%s)?.innerText ?? ''", quote(selector)))
}

// await waits until an expression, which may be a promise, is true, also across navigations.
func (v *visitor) await(what, expression string) {
	v.t.Helper()
	v.awaitFor(patience, what, expression)
}

func (v *visitor) awaitFor(long time.Duration, what, expression string) {
	v.t.Helper()
	var last error
	ok := until(v.ctx, long, func(ctx context.Context) (yes bool) {
		yes, last = evaluate[bool](ctx, "(async () => !!await ("+expression+"))()")
		return yes && last == nil
	})
	if !ok {
		v.t.Fatalf("not so: %s (%s, %v)\n%s", what, expression, last, v.scene())
	}
}

// until asks again and again until something is so; false if that took too long.
func until(ctx context.Context, long time.Duration, so func(context.Context) bool) bool {
	ctx, cancel := context.WithTimeout(ctx, long)
	defer cancel()
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for !so(ctx) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// see waits for an element that is drawn.
func (v *visitor) see(selector string) {
	v.t.Helper()
	v.await("see "+selector, fmt.Sprintf("document.querySelector(%s)?.checkVisibility({visibilityProperty: true, opacityProperty: true})", quote(selector)))
}

// read waits until the text of the page, or of elements in it, has these words.
func (v *visitor) read(selector, words string) {
	v.t.Helper()
	v.await("read "+words, fmt.Sprintf("[...document.querySelectorAll(%s)].some(e => e.innerText.replaceAll(/\\s+/g, ' ').includes(%s))", quote(selector), quote(words)))
}

// still waits until nothing moves that will ever stop.
func (v *visitor) still() {
	v.t.Helper()
	v.await("still", "document.getAnimations().every(a => a.playState !== 'running' || a.effect.getComputedTiming().endTime === Infinity)")
}

// click presses the mouse on an element once it is there and still.
func (v *visitor) click(selector string) {
	v.t.Helper()
	v.see(selector)
	v.do(chromedp.Click(chromedp.CSS(selector)))
}

// press clicks what is called so and may be clicked: a button, a link, an entry
// of a menu; the last of several, which lies above the others.
func (v *visitor) press(name string) {
	v.t.Helper()
	v.await("press "+name, fmt.Sprintf(`(() => {
		document.querySelectorAll('[data-pressed]').forEach(e => delete e.dataset.pressed)
		const said = e => (e.getAttribute('aria-label') || e.innerText || e.title || '').replaceAll(/\s+/g, ' ').trim()
		const e = [...document.querySelectorAll('button, a, [role=menuitem], summary, label')].filter(e => said(e) === %s && e.checkVisibility({visibilityProperty: true}) && !e.disabled).pop()
		if (e) e.dataset.pressed = ''
		return e
	})()`, quote(name)))
	v.do(chromedp.Click(chromedp.CSS("[data-pressed]")))
}

// write types into a field.
func (v *visitor) write(selector, text string) {
	v.t.Helper()
	v.see(selector)
	v.do(chromedp.Focus(chromedp.CSS(selector)), chromedp.Evaluate[chromedp.Void]("document.activeElement.select?.()"), chromedp.KeyEvent(text))
}

// key presses one key, one of package kb's or a letter.
func (v *visitor) key(keys string) {
	v.t.Helper()
	v.do(chromedp.KeyEvent(keys))
}

// size makes the window as large, of a phone or not.
func (v *visitor) size(width, height int64, phone bool) {
	v.t.Helper()
	v.do(
		command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1, Mobile: phone}),
		command(emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: phone, MaxTouchPoints: 5}))
}

// scheme asks pages for "light" or "dark".
func (v *visitor) scheme(name string) {
	v.t.Helper()
	v.do(command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}}))
}

// scene describes what the visitor looks at, for messages.
func (v *visitor) scene() string {
	ctx, cancel := context.WithTimeout(v.ctx, 5*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + '\n' + [...document.querySelectorAll('dialog[open]')].map(d => 'DIALOG ' + d.innerText).join('\n') + '\n' + document.body.innerText.slice(0, 1500)`))
	if err != nil {
		return err.Error()
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return text + "\nfaults: " + strings.Join(v.faults, "\n")
}

// quote writes text as a JavaScript string.
func quote(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic("pagetest: quote: " + err.Error())
	}
	return string(b)
}
