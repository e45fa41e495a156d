package registerapi

import (
	"context"
	"fmt"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/exchange"
	"github.com/karvan/karvan/register/labels"
	"github.com/karvan/karvan/store/registerdb"
)

type recordInput struct {
	ID     string `path:"id" maxLength:"200" doc:"Id, or slug of the address"`
	Lang   string `query:"lang" enum:"en,az,tr,ru" doc:"Texts in this language where there are any"`
	AsOf   string `query:"asOf" maxLength:"10" doc:"As sources had told it by this day"`
	Fields string `query:"fields" maxLength:"1000" doc:"Keep only these fields of the record"`
	Format string `query:"format" enum:"json,geojson,ics" doc:"Goes before Accept"`
	Accept string `header:"Accept" hidden:"true"`
}

// Statements is what was said about a record, in the order of recording: where
// each value comes from, and its rivals.
type Statements struct {
	Items []StatedValue `json:"items"`
}

// StatedValue is one sourced claim.
type StatedValue struct {
	register.Statement
	Chosen bool `json:"chosen" doc:"Its value stands in the record"`
}

func (a *API) recordRoutes(api huma.API, info *register.KindInfo) {
	o := operation("get-"+string(info.Kind), "/api/v1/"+info.Plural+"/{id}", "One "+string(info.Kind))
	answers(api, &o, reflect.TypeFor[Record](), mediaTypes["geojson"], mediaTypes["ics"])
	huma.Register(api, o, func(ctx context.Context, in *recordInput) (*huma.StreamResponse, error) {
		it, err := a.get(ctx, info.Kind, in.ID, in.AsOf, in.Lang)
		if err != nil {
			return nil, err
		}
		r := a.record(ctx, in.Lang, it)
		r.Record = keep(it.Values, in.Fields)
		format := formatOf("", in.Format, in.Accept)
		return stream(func(hctx huma.Context) {
			if unchanged(hctx, fmt.Sprintf("r%d", it.Revision), it.Updated) {
				return
			}
			switch format {
			case "geojson":
				hctx.SetHeader("Content-Type", mediaTypes["geojson"])
				if f, err := exchange.NewFeatures(hctx.BodyWriter(), columnsOf(info.Kind, in.Fields)); err == nil && f.Add(a.exchangeRecord(ctx, in.Lang, it)) == nil {
					f.Flush()
				}
			case "ics":
				hctx.SetHeader("Content-Type", mediaTypes["ics"])
				language := pageLanguage(in.Lang)
				exchange.WriteCalendar(hctx.BodyWriter(), exchange.Feed{Title: it.Name, Language: language}, []exchange.Record{a.exchangeRecord(ctx, in.Lang, it)},
					func(k string) string { return labels.Code(language, "deadline", k) })
			default:
				writeJSON(hctx, r)
			}
		}), nil
	})

	o = operation("get-"+string(info.Kind)+"-statements", "/api/v1/"+info.Plural+"/{id}/statements", "Where the values of one "+string(info.Kind)+" come from")
	answers(api, &o, reflect.TypeFor[Statements]())
	huma.Register(api, o, func(ctx context.Context, in *struct {
		ID string `path:"id" maxLength:"200"`
	}) (*huma.StreamResponse, error) {
		it, err := a.DB.Get(ctx, info.Kind, in.ID)
		if err != nil {
			return nil, failed(err)
		}
		list, err := a.DB.Statements(ctx, it.ID)
		if err != nil {
			return nil, failed(err)
		}
		r, err := a.DB.View(ctx, it.ID, register.View{})
		if err != nil {
			return nil, failed(err)
		}
		out := Statements{Items: []StatedValue{}}
		for _, s := range list {
			if s.State == register.Accepted || s.State == register.Published {
				out.Items = append(out.Items, StatedValue{s, r.Choices[s.Path].Seq == s.Seq})
			}
		}
		return stream(func(hctx huma.Context) {
			if !unchanged(hctx, fmt.Sprintf("s%d", it.Revision), it.Updated) {
				writeJSON(hctx, out)
			}
		}), nil
	})
}

// get gives a record as it was known by a day, in a language.
func (a *API) get(ctx context.Context, kind register.Kind, key, asOf, language string) (*registerdb.Item, error) {
	f := Filter{AsOf: asOf}
	q, err := f.Query(kind, language)
	if err != nil {
		return nil, err
	}
	it, err := a.DB.Get(ctx, kind, key)
	if err != nil {
		return nil, failed(err)
	}
	if q.KnownBy == "" && language == "" {
		return it, nil
	}
	known, err := a.DB.As(ctx, it, register.View{KnownBy: q.KnownBy, Language: language})
	if err != nil {
		return nil, failed(err)
	}
	if !known {
		return nil, huma.Error404NotFound(fmt.Sprintf("Nothing was known of this %s by %s.", kind, q.KnownBy))
	}
	return it, nil
}
