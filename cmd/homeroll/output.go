package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

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

// widestAligned is how wide a cell may be, in characters, for the others of its
// column to be aligned to it.
const widestAligned = 100

// table prints rows in columns, the first row being their titles. A cell that is
// very long moves only what follows it in its own row.
func (a *app) table(rows [][]string) error {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			row[i] = strings.NewReplacer("\n", " ", "\t", " ").Replace(plain(cell))
			if i == len(widths) {
				widths = append(widths, 0)
			}
			if n := utf8.RuneCountInString(row[i]); n <= widestAligned && i < len(row)-1 {
				widths[i] = max(widths[i], n)
			}
		}
	}
	w := bufio.NewWriter(a.out)
	for _, row := range rows {
		for i, cell := range row {
			_, _ = w.WriteString(cell)
			if i < len(row)-1 {
				_, _ = w.WriteString(strings.Repeat(" ", max(0, widths[i]-utf8.RuneCountInString(cell))+2))
			}
		}
		_ = w.WriteByte('\n')
	}
	return w.Flush()
}

// middleCut shortens a text to n characters: of a long path, where it begins and
// what it is called tell most.
func middleCut(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	head := (n - 1) / 3
	return string(r[:head]) + "…" + string(r[len(r)-(n-1-head):])
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
