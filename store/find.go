package store

import (
	"context"

	"homeroll/store/internal/catalogue"
)

// Spot is a heap of pictures that lie near each other.
type Spot = catalogue.Spot

// Spots gathers the pictures of a filter that lie within an area by a grid of so
// many columns and rows.
func (s *Store) Spots(ctx context.Context, f Filter, area Area, columns, rows int) ([]Spot, error) {
	return s.cat.Spots(ctx, f, area, columns, rows)
}

// Facets are what the pictures of the timeline have in common, and how many.
type Facets = catalogue.Facets

// Facets counts cameras, lenses, types and places. The maps are not to be changed.
func (s *Store) Facets(ctx context.Context) (*Facets, error) { return s.cat.Facets(ctx) }

// NamesLike returns up to limit file names that have the words of a text, of the
// latest pictures.
func (s *Store) NamesLike(ctx context.Context, text string, limit int) ([]string, error) {
	return s.cat.NamesLike(ctx, text, limit)
}

// Words splits a text as names and captions are split for searches.
func Words(text string) []string { return catalogue.Words(text) }

// FolderLabels returns the labels of all folders of the home, each once.
func (s *Store) FolderLabels(ctx context.Context) ([]string, error) { return s.cat.FolderLabels(ctx) }
