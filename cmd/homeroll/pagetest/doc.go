// Package pagetest looks at the page as people do: real nodes, served over HTTP
// to a real Chromium, clicked and typed at. Whatever a page logs as an error,
// throws, is refused by the Content-Security-Policy or asks of another host
// fails the test that saw it.
//
// Where there is no Chromium the tests are skipped, unless
// HOMEROLL_TESTS_WHOLE=1 says that all must be here. HOMEROLL_CHROMIUM=FILE
// names one that is not in PATH. Start with visitor_test.go.
//
// What measures, and what draws the pictures of the documentation, wants to be
// asked for:
//
//	HOMEROLL_PAGE_PICTURES=100000 go test -count=1 -v -timeout 30m -run TestLargeLibrary ./cmd/homeroll/pagetest/
//	HOMEROLL_PAGE_SHOTS=docs/images go test -count=1 -v -run TestScreenshots ./cmd/homeroll/pagetest/
package pagetest
