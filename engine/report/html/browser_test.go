package html_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

var (
	browserPath = flag.String("browser", "", "try the page in this Chromium, as .ci/run browser does")
	shots       = flag.String("shots", "", "keep screenshots in this folder")
)

// TestInABrowser opens the page in a real browser, drags, clicks, and looks.
// It needs -browser: go test alone has none.
func TestInABrowser(t *testing.T) {
	if *browserPath == "" {
		t.Log("no -browser was given: .ci/run browser gives one")
		return
	}
	name := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(name, written(t, waves(t, 60_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	b := opened(t, "file://"+name)
	b.await("document.body.dataset.ready === '1'")
	b.shot("light")

	first, last := b.number("run.trades[0].opened"), b.number("+document.body.dataset.to")
	b.drag("#equity-chart .u-over", 0.25, 0.5)
	if from, to := b.number("+document.body.dataset.from"), b.number("+document.body.dataset.to"); to-from > 0.3*(last-first) || from < first {
		t.Errorf("dragging over a quarter shows %v to %v of %v to %v", from, to, first, last)
	}
	b.click("[data-span='0']")
	if to := b.number("+document.body.dataset.to"); to != last {
		t.Errorf("'all' ends at %v, want %v", to, last)
	}

	b.click("tr[data-trade='40']")
	b.await("document.body.dataset.to - document.body.dataset.from < 8 * 3600")
	at := b.number("run.trades[39].opened")
	if from, to := b.number("+document.body.dataset.from"), b.number("+document.body.dataset.to"); at < from || at > to {
		t.Errorf("a click on a trade of %v shows %v to %v", at, from, to)
	}
	b.shot("trade")
	b.click("#markets button:nth-child(2)")
	b.await("document.querySelector('#markets button:nth-child(2)').getAttribute('aria-pressed') === 'true'")

	before := b.text("getComputedStyle(document.body).backgroundColor")
	b.click("#theme")
	if after := b.text("getComputedStyle(document.body).backgroundColor"); after == before {
		t.Errorf("dark and light have one background, %s", after)
	}
	b.shot("dark")
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": true})
	b.await("innerWidth === 390")
	if wide := b.number("document.documentElement.scrollWidth"); wide > 390 {
		t.Errorf("on a phone the page is %v wide, want 390", wide)
	}
	b.shot("phone")
	for _, e := range b.errors {
		t.Error(e)
	}
	for _, url := range b.asked {
		if !strings.HasPrefix(url, "file:") && !strings.HasPrefix(url, "blob:") && !strings.HasPrefix(url, "data:") {
			t.Errorf("the page asked for %s", url)
		}
	}
}

// browser is one page of a browser, spoken to over its debugging protocol.
type browser struct {
	t             *testing.T
	conn          *websocket.Conn
	id            int
	errors, asked []string
}

// opened starts a browser at a page.
func opened(t *testing.T, url string) *browser {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), *browserPath, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
		"--remote-debugging-port=0", "--user-data-dir="+t.TempDir(), "--window-size=1280,1000", url)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	address := ""
	for lines := bufio.NewScanner(stderr); address == "" && lines.Scan(); {
		_, address, _ = strings.Cut(lines.Text(), "DevTools listening on ws://")
	}
	host, _, _ := strings.Cut(address, "/")
	b := &browser{t: t}
	if b.conn, _, err = websocket.DefaultDialer.DialContext(t.Context(), pageAt(t, host), nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.conn.Close() })
	for _, domain := range []string{"Runtime", "Page", "Network", "Log"} {
		b.call(domain+".enable", nil)
	}
	return b
}

// pageAt finds the first page of a browser.
func pageAt(t *testing.T, host string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+host+"/json/list", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var targets []struct {
		Type, WebSocketDebuggerURL string
	}
	if err := json.NewDecoder(resp.Body).Decode(&targets); err != nil {
		t.Fatal(err)
	}
	for _, x := range targets {
		if x.Type == "page" {
			return x.WebSocketDebuggerURL
		}
	}
	t.Fatal("the browser has no page")
	return ""
}

// message is what the browser says: an answer or an event.
type message struct {
	ID     int
	Method string
	Result json.RawMessage
	Error  *struct{ Message string }
	Params struct {
		Request          struct{ URL string }
		Entry            struct{ Level, Text string }
		ExceptionDetails json.RawMessage
	}
}

// call asks for something and takes down what is said until the answer.
func (b *browser) call(method string, params map[string]any) json.RawMessage {
	b.t.Helper()
	b.id++
	if err := b.conn.WriteJSON(map[string]any{"id": b.id, "method": method, "params": params}); err != nil {
		b.t.Fatal(err)
	}
	for {
		var m message
		if err := b.conn.ReadJSON(&m); err != nil {
			b.t.Fatal(err)
		}
		switch {
		case m.Method == "Network.requestWillBeSent":
			b.asked = append(b.asked, m.Params.Request.URL)
		case m.Method == "Runtime.exceptionThrown":
			b.errors = append(b.errors, string(m.Params.ExceptionDetails))
		case m.Method == "Log.entryAdded" && m.Params.Entry.Level == "error":
			b.errors = append(b.errors, m.Params.Entry.Text)
		case m.ID == b.id && m.Error != nil:
			b.t.Fatalf("%s: %s", method, m.Error.Message)
		case m.ID == b.id:
			return m.Result
		}
	}
}

// eval evaluates an expression of the page.
func (b *browser) eval(expression string, into any) {
	b.t.Helper()
	var got struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	if err := json.Unmarshal(b.call("Runtime.evaluate", map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true}), &got); err != nil {
		b.t.Fatal(err)
	}
	if err := json.Unmarshal(got.Result.Value, into); err != nil || got.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s (%v)", expression, got.ExceptionDetails, err)
	}
}

func (b *browser) number(expression string) (v float64) { b.eval(expression, &v); return v }
func (b *browser) text(expression string) (v string)    { b.eval(expression, &v); return v }

// await waits until a condition of the page holds; the page may still be on
// its way.
func (b *browser) await(condition string) {
	b.t.Helper()
	for done := false; !done; {
		b.eval(fmt.Sprintf("new Promise((ok) => setTimeout(() => { try { ok(!!(%s)); } catch { ok(false); } }, 20))", condition), &done)
	}
}

// drag presses within an element at a share of its width and lets go at another.
func (b *browser) drag(selector string, from, to float64) {
	b.t.Helper()
	var box struct{ X, Y, Width, Height float64 }
	b.eval(fmt.Sprintf("(() => { const e = document.querySelector(%q); e.scrollIntoView({block: 'center'}); return e.getBoundingClientRect().toJSON(); })()", selector), &box)
	mouse := func(kind string, share float64) {
		b.call("Input.dispatchMouseEvent", map[string]any{
			"type": kind, "x": box.X + share*box.Width, "y": box.Y + box.Height/2, "button": "left", "buttons": 1, "clickCount": 1,
		})
	}
	mouse("mouseMoved", from)
	mouse("mousePressed", from)
	for i := 1; i <= 10; i++ {
		mouse("mouseMoved", from+(to-from)*float64(i)/10)
	}
	mouse("mouseReleased", to)
}

// click clicks into the middle of an element.
func (b *browser) click(selector string) {
	b.t.Helper()
	b.drag(selector, 0.5, 0.5)
}

// shot keeps a picture of the whole page.
func (b *browser) shot(name string) {
	b.t.Helper()
	var picture struct{ Data string }
	if err := json.Unmarshal(b.call("Page.captureScreenshot", map[string]any{"captureBeyondViewport": true}), &picture); err != nil {
		b.t.Fatal(err)
	}
	image, err := base64.StdEncoding.DecodeString(picture.Data)
	if err != nil || len(image) < 10_000 {
		b.t.Fatalf("a picture of %d bytes (%v)", len(image), err)
	}
	if *shots != "" {
		if err := os.WriteFile(filepath.Join(*shots, name+".png"), image, 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
}
