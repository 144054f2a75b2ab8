package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"unicode"

	"golang.org/x/term"

	"homeroll/node/api"
)

// printJSON prints one document, indented; printLine one line of several.
func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func (a *app) printLine(v any) error {
	enc := json.NewEncoder(a.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// done tells that a command that prints no data did what it was asked.
func (a *app) done(format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	if a.json {
		return a.printLine(doneDocument{api.Schema, "done", message})
	}
	a.say("%s", message)
	return nil
}

// say prints a line for people, unless --quiet or --json.
func (a *app) say(format string, args ...any) {
	if !a.quiet && !a.json {
		fmt.Fprintln(a.out, plain(fmt.Sprintf(format, args...)))
	}
}

// table prints rows in columns, the first row being their titles.
func (a *app) table(rows [][]string) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			row[i] = strings.ReplaceAll(plain(cell), "\n", " ")
		}
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	return w.Flush()
}

// terminal reports whether a stream is a terminal.
func terminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// colours reports whether a stream may be coloured: https://no-color.org.
func colours(stream io.Writer) bool {
	return terminal(stream) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// plain makes text from files and peers safe to print on a terminal: names may hold
// escape sequences.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || bidiControl(r)) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// bidiControl reports characters that reorder what is shown after them.
func bidiControl(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// confirm asks before something is destroyed. Without a terminal it wants --yes.
func (a *app) confirm(yes bool, question string) error {
	if yes {
		return nil
	}
	if !terminal(a.in) || a.json {
		return usage("add --yes to do it without being asked", "%s needs a confirmation, and there is no terminal to ask on", strings.TrimSuffix(question, "?"))
	}
	fmt.Fprintf(a.err, "%s [y/N] ", plain(question))
	answer, err := bufio.NewReader(a.in).ReadString('\n')
	if err != nil && answer == "" {
		return &failure{code: api.ExitFailed, message: "nothing was done: no answer"}
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return &failure{code: api.ExitFailed, message: "nothing was done"}
}
