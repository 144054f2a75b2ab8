package node

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"homeroll/node/internal/web/find"
	"homeroll/node/internal/web/home"
	"homeroll/store"
)

// suggestedNames are at most so many file names among suggestions.
const suggestedNames = 5

// Suggest completes the last part of what is typed into the search box.
func (p *page) Suggest(ctx context.Context, text string, limit int) ([]home.Suggestion, error) {
	parts := find.Split(text)
	last := find.Part{}
	if n := len(parts); n > 0 && !strings.HasSuffix(text, " ") {
		last = parts[n-1]
		parts = parts[:n-1]
	}
	s := suggesting{before: find.Join(parts), part: last}
	if err := p.offer(ctx, &s); err != nil {
		return nil, err
	}
	slices.SortStableFunc(s.found, func(a, b home.Suggestion) int { return cmp.Compare(b.Count, a.Count) })
	return s.found[:min(len(s.found), max(limit, 0))], nil
}

// suggesting gathers suggestions for one part.
type suggesting struct {
	before string // the parts before it
	part   find.Part
	found  []home.Suggestion
}

// wants reports whether a suggestion fits what is typed: a key and the beginning of
// one of its values, or the beginning of a value of any key.
func (s *suggesting) wants(key, value string) bool {
	if s.part.Key != "" {
		return s.part.Key == key && (s.part.Value == "" || wordsBegin(value, s.part.Value))
	}
	return s.part.Value == "" && key == "is" || wordsBegin(value, s.part.Value) || wordsBegin(key, s.part.Value) && key == "is"
}

func (s *suggesting) add(key, text, value string, count int64) {
	query := strings.TrimSpace(s.before + " " + find.Join([]find.Part{{Key: key, Value: value}}))
	s.found = append(s.found, home.Suggestion{Kind: key, Text: text, Query: query, Count: count})
}

func (s *suggesting) offer(key, value string, count int64) {
	if value != "" && s.wants(key, value) {
		s.add(key, value, value, count)
	}
}

func (p *page) offer(ctx context.Context, s *suggesting) error {
	facets, err := p.store.Facets(ctx)
	if err != nil {
		return err
	}
	for key, values := range map[string]map[string]int64{"camera": facets.Cameras, "lens": facets.Lenses, "place": facets.Places} {
		for value, n := range values {
			s.offer(key, value, n)
		}
	}
	for mime, n := range facets.Types {
		_, sub, _ := strings.Cut(mime, "/")
		s.offer("type", strings.TrimPrefix(sub, "x-"), n)
	}
	for _, kind := range []string{"photo", "video", "raw", "live", "motion"} {
		s.offer("type", kind, 0)
	}
	s.offer("is", "favourite", 0)
	for _, m := range p.host.Members() {
		s.offer("device", m.Name, 0)
	}
	labels, err := p.store.FolderLabels(ctx)
	if err != nil {
		return err
	}
	for _, label := range labels {
		s.offer("folder", label, 0)
	}
	albums, err := p.store.Albums(ctx)
	if err != nil {
		return err
	}
	for _, a := range albums {
		s.offer("album", a.Title, a.Pictures)
	}
	if err := p.offerDates(ctx, s); err != nil {
		return err
	}
	return p.offerNames(ctx, s)
}

// offerNames suggests file names, of the latest pictures.
func (p *page) offerNames(ctx context.Context, s *suggesting) error {
	if s.part.Value == "" || s.part.Key != "" && s.part.Key != "name" {
		return nil
	}
	names, err := p.store.NamesLike(ctx, s.part.Value, suggestedNames)
	for _, name := range names {
		s.add("name", name, name, 0)
	}
	return err
}

// monthNames are those of a month in the languages of the page.
var monthNames = [13][]string{
	1: {"January", "Januar"}, 2: {"February", "Februar"}, 3: {"March", "März"}, 4: {"April"}, 5: {"May", "Mai"}, 6: {"June", "Juni"},
	7: {"July", "Juli"}, 8: {"August"}, 9: {"September"}, 10: {"October", "Oktober"}, 11: {"November"}, 12: {"December", "Dezember"},
}

// offerDates suggests years and months that have pictures.
func (p *page) offerDates(ctx context.Context, s *suggesting) error {
	if s.part.Value == "" && s.part.Key != "date" || s.part.Key != "" && s.part.Key != "date" {
		return nil
	}
	months, err := p.store.Months(ctx, store.Filter{})
	years := map[int]int64{}
	for _, m := range months {
		if m.Year == 0 {
			continue
		}
		years[m.Year] += m.Pictures
		iso := fmt.Sprintf("%04d-%02d", m.Year, m.Month)
		for _, name := range append(monthNames[m.Month], iso) {
			if strings.HasPrefix(iso, s.part.Value) && s.part.Value != "" && strings.Contains(s.part.Value, "-") || wordsBegin(name, s.part.Value) && name != iso {
				s.add("date", fmt.Sprintf("%s %d", m.Month, m.Year), iso, m.Pictures)
				break
			}
		}
	}
	for year, n := range years {
		if text := fmt.Sprintf("%04d", year); strings.HasPrefix(text, s.part.Value) {
			s.add("date", text, text, n)
		}
	}
	return err
}
