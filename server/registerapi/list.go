package registerapi

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/exchange"
	"github.com/karvan/karvan/register/labels"
	"github.com/karvan/karvan/store/registerdb"
)

// The media types of lists, by the name that stands in addresses.
var mediaTypes = map[string]string{
	"json": "application/json", "geojson": "application/geo+json", "csv": "text/csv; charset=utf-8",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "atom": "application/atom+xml; charset=utf-8", "ics": "text/calendar; charset=utf-8",
}

// Formats are the forms in which a list is taken away, in the order in which
// pages offer them.
var Formats = []string{"csv", "xlsx", "geojson", "json", "atom", "ics"}

// mostBook bounds the records of one workbook, which is made in memory.
const mostBook = 20000

// List is a part of a list.
type List struct {
	Items []Record `json:"items"`
	Total int      `json:"total" doc:"How many records the filter chooses"`
	Next  string   `json:"next,omitempty" doc:"The cursor of the next part; absent at the end"`
}

type listInput struct {
	Filter
	Cursor    string `query:"cursor" maxLength:"600" doc:"Where to go on: next of the part before"`
	Limit     int    `query:"limit" minimum:"1" maximum:"1000" doc:"Records of a part. None: 50 of JSON, all of other forms"`
	Fields    string `query:"fields" maxLength:"1000" doc:"Keep only these fields of records, as title,budget/amount"`
	Lang      string `query:"lang" enum:"en,az,tr,ru" doc:"Texts in this language where there are any"`
	Format    string `query:"format" enum:"json,geojson,csv,xlsx,atom,ics" doc:"Goes before Accept"`
	Separator string `query:"separator" enum:"comma,semicolon" doc:"Of CSV: Excel in Russian and Turkish wants a semicolon"`
	Accept    string `header:"Accept" hidden:"true"`
}

func (a *API) listRoute(api huma.API, info *register.KindInfo) {
	forms := []string{""}
	for _, f := range Formats {
		forms = append(forms, "."+f)
	}
	for _, suffix := range forms {
		o := operation("list-"+info.Plural+strings.ReplaceAll(suffix, ".", "-"), "/api/v1/"+info.Plural+suffix, "List "+info.Plural)
		format := strings.TrimPrefix(suffix, ".")
		switch format {
		case "":
			var others []string
			for _, f := range Formats {
				if f != "json" {
					others = append(others, mediaTypes[f])
				}
			}
			answers(api, &o, reflect.TypeFor[List](), others...)
		case "json":
			answers(api, &o, reflect.TypeFor[List]())
		default:
			answers(api, &o, nil, mediaTypes[format])
		}
		huma.Register(api, o, func(ctx context.Context, in *listInput) (*huma.StreamResponse, error) {
			return a.list(ctx, info, in, format)
		})
	}
}

// formatOf picks the form of an answer: of the address, else of the parameter,
// else of the header, else JSON.
func formatOf(suffix, parameter, accept string) string {
	if suffix != "" {
		return suffix
	}
	if parameter != "" {
		return parameter
	}
	best, weight := "", 0.0
	for _, part := range strings.Split(accept, ",") {
		t, parameters, _ := strings.Cut(strings.ToLower(strings.TrimSpace(part)), ";")
		q := 1.0
		for _, p := range strings.Split(parameters, ";") {
			if v, ok := strings.CutPrefix(strings.TrimSpace(p), "q="); ok {
				var err error
				if q, err = strconv.ParseFloat(v, 64); err != nil {
					q = 0
				}
			}
		}
		for _, f := range []string{"json", "geojson", "csv", "xlsx", "atom", "ics"} {
			if m, _, _ := strings.Cut(mediaTypes[f], ";"); strings.TrimSpace(t) == m && q > weight {
				best, weight = f, q
			}
		}
	}
	if best != "" {
		return best
	}
	return "json"
}

func (a *API) list(ctx context.Context, info *register.KindInfo, in *listInput, suffix string) (*huma.StreamResponse, error) {
	q, err := in.Query(info.Kind, in.Lang)
	if err != nil {
		return nil, err
	}
	format := formatOf(suffix, in.Format, in.Accept)
	version, updated, err := a.version(ctx)
	if err != nil {
		return nil, failed(err)
	}
	q.Cursor, q.Limit = in.Cursor, in.Limit
	if format == "json" {
		if q.Limit == 0 {
			q.Limit = 50
		}
		p, err := a.DB.List(ctx, q)
		if err != nil {
			return nil, failed(err)
		}
		out := List{Items: make([]Record, len(p.Items)), Total: p.Total, Next: p.Next}
		for i, it := range p.Items {
			out.Items[i] = a.record(ctx, in.Lang, it)
			out.Items[i].Record = keep(it.Values, in.Fields)
		}
		return stream(func(hctx huma.Context) {
			if p.Next != "" {
				next := hctx.URL()
				v := next.Query()
				v.Set("cursor", p.Next)
				hctx.SetHeader("Link", fmt.Sprintf("<%s%s?%s>; rel=\"next\"", Base(ctx), next.Path, v.Encode()))
			}
			if !unchanged(hctx, version, updated) {
				writeJSON(hctx, out)
			}
		}), nil
	}
	// The first part is read before anything is written, so that a question
	// that cannot be answered is told with its status.
	whole := in.Limit == 0
	if whole {
		q.Limit = 500
	}
	first, err := a.DB.List(ctx, q)
	if err != nil {
		return nil, failed(err)
	}
	if format == "xlsx" && whole && first.Total > mostBook {
		return nil, huma.NewError(http.StatusBadRequest, fmt.Sprintf("A workbook holds at most %d records, this list has %d: choose fewer, or take CSV.", mostBook, first.Total))
	}
	separator := ','
	if in.Separator == "semicolon" {
		separator = ';'
	}
	return stream(func(hctx huma.Context) {
		if unchanged(hctx, version, updated) {
			return
		}
		hctx.SetHeader("Content-Type", mediaTypes[format])
		if format == "csv" || format == "xlsx" {
			hctx.SetHeader("Content-Disposition", fmt.Sprintf(`attachment; filename="%s.%s"`, info.Plural, format))
		}
		walk := func(do func(exchange.Record) error) error {
			return a.walk(ctx, q, first, whole, func(it *registerdb.Item) error { return do(a.exchangeRecord(ctx, in.Lang, it)) })
		}
		address := Base(ctx) + requestURI(hctx)
		if err := a.write(hctx.BodyWriter(), info, format, in.Lang, separator, address, updated, columnsOf(info.Kind, in.Fields), walk); err != nil {
			// The status is gone: the connection is cut, so that the client does not take a part for the whole.
			panic(http.ErrAbortHandler)
		}
	}), nil
}

// walk goes through a list part by part.
func (a *API) walk(ctx context.Context, q registerdb.Query, p *registerdb.Page, whole bool, do func(*registerdb.Item) error) error {
	for {
		for _, it := range p.Items {
			if err := do(it); err != nil {
				return err
			}
		}
		if p.Next == "" || !whole {
			return nil
		}
		q.Cursor = p.Next
		var err error
		if p, err = a.DB.List(ctx, q); err != nil {
			return err
		}
	}
}

func (a *API) exchangeRecord(ctx context.Context, language string, it *registerdb.Item) exchange.Record {
	return exchange.Record{ID: it.ID, Kind: it.Kind, Revision: it.Revision, Updated: it.Updated, Known: it.Known, Slug: it.Slug, Name: it.Name, Address: Address(ctx, pageLanguage(language), it), Values: it.Values}
}

// write writes a list in a form other than JSON.
func (a *API) write(w io.Writer, info *register.KindInfo, format, language string, separator rune, address, updated string, columns []string, walk func(func(exchange.Record) error) error) error {
	language = pageLanguage(language)
	feed := exchange.Feed{ID: address, Title: a.Title(language) + ": " + labels.Many(language, info.Kind), Language: language, Updated: updated, Author: a.publisherName()}
	var records []exchange.Record
	gather := func(r exchange.Record) error {
		records = append(records, r)
		return nil
	}
	switch format {
	case "csv":
		t, err := exchange.NewTable(w, columns, separator)
		if err != nil {
			return err
		}
		if err := walk(t.Add); err != nil {
			return err
		}
		return t.Flush()
	case "geojson":
		f, err := exchange.NewFeatures(w, columns)
		if err != nil {
			return err
		}
		if err := walk(f.Add); err != nil {
			return err
		}
		return f.Flush()
	}
	if err := walk(gather); err != nil {
		return err
	}
	switch format {
	case "atom":
		return exchange.WriteAtom(w, feed, records)
	case "ics":
		return exchange.WriteCalendar(w, feed, records, func(k string) string { return labels.Code(language, "deadline", k) })
	}
	var b bytes.Buffer
	if err := a.Book(context.Background(), &b, language, records); err != nil {
		return err
	}
	_, err := b.WriteTo(w)
	return err
}

// Book writes records as a workbook with headings in a language, and the
// sources and codes on sheets of their own.
func (a *API) Book(ctx context.Context, w io.Writer, language string, records []exchange.Record) error {
	sources, err := a.DB.Sources(ctx)
	if err != nil {
		return err
	}
	return exchange.WriteBook(w, records, func(kind register.Kind, path string) string { return labels.Field(language, kind, path) },
		[]exchange.Extra{sourceSheet(language, sources), exchange.CodeSheet(headings(language, "list", "code", "words"), func(list, code string) string { return labels.Code(language, list, code) })})
}

// headings gives the words of columns that belong to no kind of record.
func headings(language string, keys ...string) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = labels.Field(language, "source", k)
	}
	return out
}

func sourceSheet(language string, list []registerdb.SourceUse) exchange.Extra {
	x := exchange.Extra{Name: "sources", Head: headings(language, "id", "class", "title", "publisher", "author", "date", "url", "language", "statements")}
	for _, s := range list {
		x.Rows = append(x.Rows, []string{s.ID, labels.Code(language, "class", s.Class), s.Title["en"], s.Publisher, s.Author, s.Date, s.URL, s.Language, fmt.Sprint(s.Statements)})
	}
	return x
}

func (a *API) publisherName() string {
	if a.Publisher.Name != "" {
		return a.Publisher.Name
	}
	return "karvan"
}

// version names the state of the register.
func (a *API) version(ctx context.Context) (version, updated string, err error) {
	n, updated, err := a.DB.State(ctx)
	return fmt.Sprintf("%d", n), updated, err
}

// columnsOf gives the columns of a table: those asked for, or all of the kind.
func columnsOf(kind register.Kind, fields string) []string {
	if fields == "" {
		return exchange.Columns(kind)
	}
	var out []string
	for _, f := range strings.Split(fields, ",") {
		if f = strings.TrimSpace(f); f != "" {
			out = append(out, f)
		}
	}
	return out
}

// keep leaves only the fields that are asked for.
func keep(values map[string]any, fields string) map[string]any {
	if fields == "" {
		return values
	}
	out := map[string]any{}
	for _, path := range strings.Split(fields, ",") {
		path = strings.TrimSpace(path)
		v := register.At(values, path)
		if v == nil {
			continue
		}
		at := out
		keys := strings.Split(path, "/")
		for i, k := range keys {
			if i == len(keys)-1 {
				at[k] = v
				break
			}
			next, ok := at[k].(map[string]any)
			if !ok {
				// A parent that was asked for whole has it already.
				if _, taken := at[k]; taken {
					break
				}
				next = map[string]any{}
				at[k] = next
			}
			at = next
		}
	}
	return out
}
