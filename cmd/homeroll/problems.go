package main

import (
	"time"

	"github.com/spf13/cobra"

	"homeroll/node/api"
)

func (a *app) problemsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "problems",
		Short:   "List every item that is stuck: which, why, since when, what to do",
		Example: "  homeroll problems\n  homeroll problems retry",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.listProblems(cmd) },
	}
	cmd.AddCommand(
		&cobra.Command{
			Use:     "list",
			Short:   "List every item that is stuck",
			Example: "  homeroll problems list --json",
			Args:    cobra.NoArgs,
			RunE:    func(cmd *cobra.Command, _ []string) error { return a.listProblems(cmd) },
		},
		&cobra.Command{
			Use:     "retry [PATH…]",
			Short:   "Try again now: everything that is stuck, or these files",
			Example: "  homeroll problems retry ~/Pictures/IMG_0042.jpg",
			RunE:    func(cmd *cobra.Command, args []string) error { return a.retryProblems(cmd, args) },
		},
	)
	return cmd
}

func (a *app) listProblems(cmd *cobra.Command) error {
	client, err := a.dial()
	if err != nil {
		return err
	}
	problems, skipped, err := client.Problems(cmd.Context())
	if err != nil {
		return err
	}
	notes := countNotes(problems)
	if a.json {
		return a.printJSON(problemsDocument{api.Schema, len(problems) - notes, notes, orEmpty(problems), orEmpty(skipped)})
	}
	if len(problems) == notes {
		a.say("No problem.")
	}
	if len(problems) > 0 {
		if err := a.table(a.problemRows(problems, time.Now())); err != nil {
			return err
		}
	}
	if text := skippedText(skipped); text != "" {
		a.say("Not backed up, as they are not media: %s.", text)
		for _, kind := range skipped {
			for _, path := range kind.Paths {
				a.say("  %s: %s", kind.Type, path)
			}
		}
	}
	return nil
}

// countNotes counts those that are backed up, and only cannot be shown.
func countNotes(problems []api.Problem) (n int) {
	for _, p := range problems {
		if p.Note {
			n++
		}
	}
	return n
}

// longestPlace is how much of a path is shown on a terminal, in characters.
const longestPlace = 72

func (a *app) problemRows(problems []api.Problem, now time.Time) [][]string {
	rows := [][]string{{"WHAT", "WHY", "SINCE", "TRIES", "WHAT TO DO"}}
	for _, p := range problems {
		why := p.Reason
		if p.Note {
			why = "note: " + why
		}
		if p.Detail != "" {
			why += ": " + p.Detail
		}
		place := problemPlace(p)
		if terminal(a.out) {
			place = middleCut(place, longestPlace)
		}
		rows = append(rows, []string{place, why, agoText(&p.Since, now), countText(int64(p.Attempts)), a.withState(p.Hint)})
	}
	return rows
}

func (a *app) retryProblems(cmd *cobra.Command, args []string) error {
	paths := make([]string, len(args))
	for i, arg := range args {
		path, err := absolute(arg)
		if err != nil {
			return usage("name files", "%v", err)
		}
		paths[i] = path
	}
	client, err := a.dial()
	if err != nil {
		return err
	}
	if err := client.Retry(cmd.Context(), paths); err != nil {
		return err
	}
	return a.done("Trying again.")
}

// orEmpty makes a list that JSON writes as [], not null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
