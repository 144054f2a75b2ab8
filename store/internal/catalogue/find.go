package catalogue

import (
	"context"
	"path"
	"strconv"
	"strings"

	"homeroll/store/internal/filetype"
	"homeroll/store/media"
)

// Reindex makes up to limit pictures be found by the words that they have now, and
// returns of how many it did; less than limit when all are done.
func (c *Catalogue) Reindex(ctx context.Context, limit int) (done int, err error) {
	stale, err := list(ctx, c.readers, scanInt, `SELECT item FROM picture WHERE stale=1 LIMIT ?`, limit)
	if err != nil || len(stale) == 0 {
		return 0, err
	}
	err = c.change(ctx, relaxed, func(w *work) {
		ix := w.indexing(nil)
		for _, id := range stale {
			if row := ix.row(id); row != nil {
				ix.reindex(row)
			}
		}
		w.shows(0)
	})
	return len(stale), err
}

func (ix *indexing) reindex(row *pictureRow) {
	ix.exec(`DELETE FROM search WHERE rowid=?`, row.doc)
	doc := int64(0)
	if row.lead == row.id && !row.sidecar && row.id <= docItem {
		doc = docOf(row)
		d := ix.document(row)
		ix.exec(`INSERT INTO search (rowid, name, folder, camera, lens, place, said, facet) VALUES (?,?,?,?,?,?,?,?)`,
			doc, d.text(InName), d.text(InFolder), d.text(InCamera), d.text(InLens), d.text(InPlace), d.text("said"), d.text(InType))
	}
	ix.exec(`UPDATE picture SET doc=?, stale=0 WHERE item=?`, doc, row.id)
}

// document is the words of a picture by where they are, each once.
type document map[Where]map[string]bool

// maxDocument bounds the words of one place.
const maxDocument = 500

func (d document) add(in Where, words ...string) {
	if d[in] == nil {
		d[in] = map[string]bool{}
	}
	if text := strings.Join(words, " "); text != "" && len(d[in]) < maxDocument {
		d[in][text] = true
	}
}

// text returns the words of a place. What was added apart follows on nothing else
// by more than chance.
func (d document) text(in Where) string {
	var b strings.Builder
	for words := range d[in] {
		b.WriteString(words)
		b.WriteString(" ")
	}
	return b.String()
}

// document gathers the words of a picture and of all that belong to it.
func (ix *indexing) document(lead *pictureRow) document {
	d := document{}
	members := []int64{lead.id}
	if lead.kind != "" {
		members = rowsOf(ix.work, scanInt, `SELECT item FROM picture WHERE kind != 0 AND lead=? LIMIT ?`, lead.id, maxMates)
	}
	for _, id := range members {
		row := ix.row(id)
		if row == nil {
			continue
		}
		p := &row.picture
		if !row.sidecar {
			d.add(InCamera, Words(p.Make+" "+p.Model)...)
			d.add(InLens, Words(p.Lens)...)
			d.kinds(p, row.kind)
		}
		d.add("said", Words(ix.caption(row.item.ID))...)
		for _, f := range ix.files(id) {
			ix.file(d, f, row.sidecar)
		}
	}
	d.add(InPlace, Words(lead.place)...)
	return d
}

func (ix *indexing) caption(id media.ID) string {
	said, _ := rowOf(ix.work, scanSaid, selectSaid+` WHERE hash=?`, id[:])
	return said.caption
}

func (ix *indexing) file(d document, f MemberFile, sidecar bool) {
	base := path.Base(f.Path)
	d.add(InName, Words(base)...)
	if !sidecar {
		d.add(InType, "t"+strings.Join(Words(filetype.Ext(base)), ""))
	}
	for dir := range strings.SplitSeq(path.Dir(f.Path), "/") {
		d.add(InFolder, Words(dir)...)
	}
	d.add(InFolder, Words(ix.label(f.Device, f.Folder))...)
	if bit, ok := ix.state.bits[f.Device]; ok && !f.Version {
		d.add(InType, "d"+strconv.Itoa(bit))
	}
}

// label returns that of a folder, "" if nobody has told it.
func (ix *indexing) label(device media.Device, folder media.FolderID) string {
	o := origin{device, folder}
	if text, ok := ix.labels[o]; ok {
		return text
	}
	text, err := ix.c.FolderLabel(ix.ctx, device, folder)
	if err != nil {
		ix.fail(err)
	}
	ix.labels[o] = text
	return text
}

// kinds adds what sort of picture it is.
func (d document) kinds(p *media.Picture, kind media.GroupKind) {
	_, sub, _ := strings.Cut(p.Type, "/")
	d.add(InType, "t"+strings.Join(Words(sub), ""))
	switch {
	case strings.HasPrefix(p.Type, "video/"):
		d.add(InType, "tvideo")
	case strings.HasPrefix(p.Type, "image/"):
		d.add(InType, "tphoto")
	}
	if filetype.IsRaw(p.Type) {
		d.add(InType, "traw")
	}
	switch kind {
	case media.GroupLive:
		d.add(InType, "tlive")
	case media.GroupMotion:
		d.add(InType, "tmotion")
	case media.GroupBurst:
		d.add(InType, "tburst")
	}
}
