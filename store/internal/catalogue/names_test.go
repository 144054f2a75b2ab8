package catalogue

import (
	"context"
	"maps"
	"slices"
	"testing"

	"homeroll/store/media"
)

// checkStatedNames: many items are asked for at once what each is asked for alone.
func (r *stored) checkStatedNames(t fataler) {
	t.Helper()
	ctx, me := context.Background(), r.p.key.Device()
	all := must(r.p.StatedNames(ctx, slices.Collect(maps.Keys(r.items))))(t)
	for it, s := range r.items {
		var want []Name
		for _, n := range must(r.p.NamesOf(ctx, it))(t) {
			if s.vault+s.damaged == 0 && (n.Kept || n.Device != me) {
				want = append(want, n)
			}
		}
		if got := all[it]; !slices.Equal(got, want) {
			t.Fatalf("names of %s are %+v, want %+v", it.ID, got, want)
		}
	}
}

func TestWithdrawalsTellOfNamesThatGo(t *testing.T) {
	a, b := pair(t)
	before := b.Withdrawals()
	change(t, a, b, Changes{Put: []File{file("x", 1), file("y", 2)}})
	if b.Withdrawals() != before {
		t.Error("new names are taken for withdrawn ones")
	}
	change(t, a, b, Changes{Drop: []FileKey{{testFolder(0).ID, "x"}}})
	after := b.Withdrawals()
	if after == before {
		t.Error("a withdrawn name is not told of")
	}
	if err := b.SetHome(context.Background(), media.Home{9}); err != nil {
		t.Fatal(err)
	}
	if b.Withdrawals() == after {
		t.Error("the names of a home that was left are not told of")
	}
}
