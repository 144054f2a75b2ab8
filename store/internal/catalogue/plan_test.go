package catalogue

import (
	"context"
	"strings"
	"testing"

	"homeroll/store/media"
)

// No query that was run may read through a whole table or index of the large
// ones, whatever the planner thinks of them while they are small.
func TestNoQueryReadsAWholeTable(t *testing.T) {
	ctx := context.Background()
	a, b := pair(t)
	fetch(t, a, b)
	change(t, a, b, Changes{Put: []File{file("x", 1), file("y", 1)}, Drop: []FileKey{{testFolder(0).ID, benchFiles(7, 1).Put[0].Path}}})
	backup(t, b, 0)
	for _, err := range []error{
		b.SetProfile(ctx, media.Profile{Role: "originals"}), b.SetVerified(ctx, []media.Item{testItem(1)}, testTime(1)),
		b.SetLabel(ctx, a.key.Device(), testFolder(0).ID, "dir"),
		b.ChangeVault(ctx, VaultChanges{Drop: []string{must(b.VaultFiles(ctx, "", 1))(t)[0].Path}}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(b.Tally(ctx))(t)
	must(b.Lookup(ctx, testItem(1).ID))(t)
	must(b.Unplaced(ctx, 0, 10))(t)
	must(a.FilesByInode(ctx, 3, 1))(t)
	must(a.Files(ctx, testFolder(0).ID, "", 10))(t)
	held := must(a.HeldAll(ctx, []media.ID{testItem(1).ID, testItem(1 << 30).ID}))(t)
	if one := must(a.Held(ctx, testItem(1).ID))(t); len(held) != 1 || len(one.Files) != 2 || len(held[one.Item.ID].Files) != 2 {
		t.Errorf("held are %v, and alone %v", held, one)
	}
	if err := a.EachInode(ctx, func(uint64) {}); err != nil {
		t.Error(err)
	}
	must(b.EditOf(ctx, must(b.VaultFiles(ctx, "", 1))(t)[0].Item, 4))(t)
	askOfPictures(t, b)
	askOfMarks(t, b)
	for _, p := range []*place{a, b} {
		for _, query := range p.queries() {
			checkPlan(t, p, query)
		}
	}
}

func (p *place) queries() []string {
	var all []string
	for q := range p.writer.stmts {
		all = append(all, q)
	}
	for q := range p.readers.stmts {
		all = append(all, q)
	}
	return all
}

// wholeTables are read by tests alone (recount), or are small.
var wholeTables = []string{"SCAN 64-ROW VALUES CLAUSE", "SCAN 16-ROW VALUES CLAUSE",
	"SCAN folder", "SCAN d", "SCAN tally", "SCAN author", "SCAN home", "SCAN due", "SCAN month", "SCAN reader",
	"SCAN picture USING INDEX picture_note", "SCAN (subquery", "SCAN s VIRTUAL TABLE INDEX", "SCAN search VIRTUAL TABLE INDEX", "SCAN json_each VIRTUAL TABLE", "SCAN a", "SCAN picture USING COVERING INDEX picture_stale", "SCAN picture USING COVERING INDEX picture_facets", "SCAN g",
}

func checkPlan(t *testing.T, p *place, query string) {
	t.Helper()
	verb := strings.Fields(query)[0]
	if verb == "PRAGMA" || verb == "BEGIN" || verb == "COMMIT" || verb == "ROLLBACK" || testOnly[query] {
		return
	}
	plan := must(list(context.Background(), p.readers, func(r scanner) (text string, err error) {
		var a, b, c any
		err = r.Scan(&a, &b, &c, &text)
		return text, err
	}, "EXPLAIN QUERY PLAN "+query, make([]any, strings.Count(query, "?"))...))(t)
	for _, step := range plan {
		ok := !strings.HasPrefix(step, "SCAN")
		for _, small := range wholeTables {
			ok = ok || strings.HasPrefix(step, small)
		}
		if !ok {
			t.Errorf("%s\n\t%s", query, step)
		}
	}
}

// testOnly are the queries of recount.
var testOnly = map[string]bool{
	selectFile: true, selectVaultFile: true, `SELECT ` + itemColumns + ` FROM item`: true,
	selectRecords: true, selectNodes: true, selectNoted: true, selectPicture: true, selectPendingAll: true,
	selectAllSaid: true, selectAllAlbums: true, selectAllEntries: true, selectAllMarks: true,
}
