package catalogue

import "testing"

// TestItemsNotRememberedAreAskedFor looks for items that are stored, and cannot be
// remembered: one of many files, one more than there is room for, one that another
// statement has written to.
func TestItemsNotRememberedAreAskedFor(t *testing.T) {
	named := itemState{names: 1}
	for name, change := range map[string]func(*itemCache){
		"many files": func(c *itemCache) { c.put(1, testItem(0), itemState{names: 300}) },
		"full": func(c *itemCache) {
			for n := range 5 {
				c.put(int64(n), testItem(n), named)
			}
		},
		"forgotten": func(c *itemCache) {
			c.put(1, testItem(0), named)
			c.forget(testItem(0))
		},
		"cleared": func(c *itemCache) {
			c.put(1, testItem(0), named)
			c.clear()
		},
	} {
		c := itemCache{all: true, most: 4}
		change(&c)
		asked := false
		for n := range 5 {
			row, absent := c.get(testItem(n))
			if asked = asked || row == nil && !absent; row != nil && row.cur != named {
				t.Errorf("%s: %+v is remembered", name, row)
			}
		}
		if !asked || len(c.rows) > 4 {
			t.Errorf("%s: %d items are remembered, as all there are: %v", name, len(c.rows), c.all)
		}
	}
	c := itemCache{all: true}
	c.put(1, testItem(0), named)
	c.drop(testItem(0))
	if row, absent := c.get(testItem(0)); row != nil || !absent {
		t.Error("a row that was deleted is looked for")
	}
}
