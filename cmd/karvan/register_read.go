package main

import (
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/labels"
	"github.com/karvan/karvan/store/registerdb"
)

// recordRow is a record as list and search print it.
type recordRow struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"`
	Slug    string `json:"slug"`
	Name    string `json:"name"`
	Status  string `json:"status"`
	KnownOn string `json:"known_on"`
	Sources int    `json:"sources"`
}

func rowOf(it *registerdb.Item) recordRow {
	return recordRow{it.ID, string(it.Kind), it.Slug, it.Name, register.Text(it.Values, "status"), it.Known, it.Sources}
}

func printRows(out io.Writer, rows []recordRow) {
	t := table.NewWriter()
	t.SetOutputMirror(out)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"kind", "slug", "name", "status", "known on", "sources"})
	for _, r := range rows {
		t.AppendRow(table.Row{r.Kind, short(r.Slug, 44), short(r.Name, 64), r.Status, r.KnownOn, r.Sources})
	}
	t.Render()
}

func short(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// kindNames lists the plurals for messages.
func kindNames() string {
	var out []string
	for _, k := range register.Kinds {
		out = append(out, k.Plural)
	}
	return strings.Join(out, ", ")
}

// kindOf finds a kind by its name or plural.
func kindOf(name string) (*register.KindInfo, error) {
	info := register.Info(name)
	if info == nil {
		return nil, exit{statusUsage, fmt.Errorf("%q is no kind; expected one of %s", name, kindNames())}
	}
	return info, nil
}

func registerListCommand() *cobra.Command {
	var o registerOptions
	var q registerdb.Query
	var asJSON bool
	c := &cobra.Command{
		Use:   "list KIND",
		Short: "List records of a kind",
		Long: `Lists records of one kind, filtered as the pages are. Kinds: ` + kindNames() + `.

Exit status: 0 done, 1 the register cannot be read, 64 a filter cannot be used.`,
		Example: "  karvan register list projects --country AZ --status implementation\n  karvan register list commitments --sort date --json",
		Args:    args(1, 1, "a kind of records"),
		RunE: func(c *cobra.Command, a []string) error {
			info, err := kindOf(a[0])
			if err != nil {
				return err
			}
			q.Kind = info.Kind
			if q.KnownBy != "" {
				day := register.LastDay(q.KnownBy)
				if day == "" {
					return exit{statusUsage, fmt.Errorf("--as-of %q is no day; expected: YYYY-MM-DD, YYYY-MM or YYYY", q.KnownBy)}
				}
				q.KnownBy = day
			}
			db, _, err := o.named(c)
			if err != nil {
				return err
			}
			defer db.Close()
			rows := []recordRow{}
			q.Limit = 500
			for {
				page, err := db.List(c.Context(), q)
				if errors.Is(err, registerdb.ErrBad) {
					return exit{statusUsage, err}
				} else if err != nil {
					return err
				}
				for _, it := range page.Items {
					rows = append(rows, rowOf(it))
				}
				if q.Cursor = page.Next; q.Cursor == "" {
					break
				}
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), rows)
			}
			printRows(c.OutOrStdout(), rows)
			return nil
		},
	}
	o.flags(c)
	c.Flags().StringVar(&q.Text, "q", "", "words that must be found, in any spelling")
	c.Flags().StringVar(&q.Status, "status", "", "status")
	c.Flags().StringVar(&q.Country, "country", "", "country, ISO 3166-1 alpha-2")
	c.Flags().StringVar(&q.Sector, "sector", "", "sector, service, field or theme")
	c.Flags().StringVar(&q.Sort, "sort", "", "name, date, -date or -updated")
	c.Flags().StringVar(&q.KnownBy, "as-of", "", "as sources had told it by this day")
	c.Flags().StringVar(&q.Language, "lang", "", "names in this language: en, az, tr, ru")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

func registerSearchCommand() *cobra.Command {
	var o registerOptions
	var kind, language string
	var limit int
	var asJSON bool
	c := &cobra.Command{
		Use:   "search WORDS",
		Short: "Find records of every kind, in any spelling of four languages",
		Long: `Finds records by words of their texts: Şuşa, Susa, Shusha and Шуша find one another.

Exit status: 0 done (nothing found is done too), 1 the register cannot be read.`,
		Example: "  karvan register search Шуша\n  karvan register search railway Kars --kind project",
		Args:    args(1, 64, "words"),
		RunE: func(c *cobra.Command, a []string) error {
			var of register.Kind
			if kind != "" {
				info, err := kindOf(kind)
				if err != nil {
					return err
				}
				of = info.Kind
			}
			db, _, err := o.named(c)
			if err != nil {
				return err
			}
			defer db.Close()
			hits, err := db.Search(c.Context(), strings.Join(a, " "), of, language, limit)
			if err != nil {
				return err
			}
			rows := []recordRow{}
			for _, h := range hits {
				rows = append(rows, rowOf(h.Item))
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), rows)
			}
			if len(rows) == 0 {
				fmt.Fprintln(c.OutOrStdout(), "nothing found; try fewer words or the beginning of a name")
				return nil
			}
			if hits[0].Rough {
				fmt.Fprintln(c.OutOrStdout(), "nothing has just these words; these names sound alike:")
			}
			printRows(c.OutOrStdout(), rows)
			return nil
		},
	}
	o.flags(c)
	c.Flags().StringVar(&kind, "kind", "", "only this kind")
	c.Flags().StringVar(&language, "lang", "", "names in this language: en, az, tr, ru")
	c.Flags().IntVar(&limit, "limit", 20, "at most so many")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

// factRow is one value of a record, as show prints it.
type factRow struct {
	Path       string `json:"path"`
	Value      any    `json:"value"`
	Source     string `json:"source_id"`
	Locator    string `json:"locator,omitempty"`
	KnownOn    string `json:"known_on"`
	Confidence string `json:"confidence,omitempty"`
	Rivals     []any  `json:"rivals,omitempty"`
}

func registerShowCommand() *cobra.Command {
	var o registerOptions
	var asOf, language string
	var asJSON bool
	c := &cobra.Command{
		Use:   "show ID|SLUG",
		Short: "Print one record, each value with its source and what others say",
		Long: `Prints every value of a record with the source that told it, the day on which it did, and what rival sources say.

Exit status: 0 done, 1 there is no such record.`,
		Example: "  karvan register show baku-tbilisi-kars-railway\n  karvan register show shusha-declaration --as-of 2021-12-26 --json",
		Args:    args(1, 1, "an id or a slug"),
		RunE: func(c *cobra.Command, a []string) error {
			db, _, err := o.named(c)
			if err != nil {
				return err
			}
			defer db.Close()
			it, err := findRecord(c, db, a[0])
			if err != nil {
				return err
			}
			view := register.View{Language: language}
			if asOf != "" {
				if view.KnownBy = register.LastDay(asOf); view.KnownBy == "" {
					return exit{statusUsage, fmt.Errorf("--as-of %q is no day; expected: YYYY-MM-DD, YYYY-MM or YYYY", asOf)}
				}
			}
			r, err := db.View(c.Context(), it.ID, view)
			if errors.Is(err, registerdb.ErrNotFound) {
				return fmt.Errorf("nothing was known of %s by %s", a[0], view.KnownBy)
			} else if err != nil {
				return err
			}
			rows := factsOf(r)
			if asJSON {
				return printJSON(c.OutOrStdout(), map[string]any{"id": it.ID, "kind": it.Kind, "slug": it.Slug, "name": it.Name, "revision": it.Revision, "record": r.Values, "facts": rows})
			}
			fmt.Fprintf(c.OutOrStdout(), "%s (%s %s, revision %d, last evidence %s)\n\n", it.Name, it.Kind, it.ID, it.Revision, it.Known)
			t := table.NewWriter()
			t.SetOutputMirror(c.OutOrStdout())
			t.SetStyle(table.StyleLight)
			t.AppendHeader(table.Row{"what", "value", "source", "told on"})
			for _, f := range rows {
				value := short(fmt.Sprint(f.Value), 60)
				for _, rival := range f.Rivals {
					value += "\nrival: " + short(fmt.Sprint(rival), 52)
				}
				t.AppendRow(table.Row{short(f.Path, 44), value, short(f.Source, 26), f.KnownOn})
			}
			t.Render()
			return nil
		},
	}
	o.flags(c)
	c.Flags().StringVar(&asOf, "as-of", "", "as sources had told it by this day")
	c.Flags().StringVar(&language, "lang", "", "texts in this language: en, az, tr, ru")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

// findRecord finds a record by its id, its slug, or the key it has in the study.
func findRecord(c *cobra.Command, db *registerdb.DB, key string) (*registerdb.Item, error) {
	if register.KindOfID(key) != "" {
		if it, err := db.Get(c.Context(), "", key); err == nil {
			return it, nil
		}
	}
	for _, k := range register.Kinds {
		it, err := db.Get(c.Context(), k.Kind, key)
		if err == nil {
			return it, nil
		} else if !errors.Is(err, registerdb.ErrNotFound) {
			return nil, err
		}
	}
	hits, err := db.Search(c.Context(), key, "", "", 3)
	if err != nil {
		return nil, err
	}
	var near []string
	for _, h := range hits {
		near = append(near, h.Slug)
	}
	if len(near) > 0 {
		return nil, fmt.Errorf("there is no record %q; did you mean %s?", key, strings.Join(near, ", "))
	}
	return nil, fmt.Errorf("there is no record %q; find it with `karvan register search`", key)
}

func factsOf(r *register.Record) []factRow {
	var rows []factRow
	for path, c := range r.Choices {
		f := factRow{Path: path, Source: c.Source, Locator: c.Locator, KnownOn: c.KnownOn, Confidence: c.Confidence}
		f.Value, _ = register.Decode(c.Value)
		for _, s := range c.Rivals {
			v, _ := register.Decode(s.Value)
			f.Rivals = append(f.Rivals, fmt.Sprintf("%v (%s, %s)", v, s.Source, s.KnownOn))
		}
		rows = append(rows, f)
	}
	sort.Slice(rows, func(i, j int) bool {
		a, b := r.Choices[rows[i].Path].Seq, r.Choices[rows[j].Path].Seq
		return a < b
	})
	return rows
}

// investmentRow is one line of the ranking.
type investmentRow struct {
	Host     string `json:"host"`
	Period   string `json:"period"`
	Rank     any    `json:"rank"`
	Investor string `json:"investor"`
	Measure  string `json:"measure"`
	Sector   string `json:"sector"`
	ValueUSD any    `json:"value_usd"`
	Note     string `json:"note,omitempty"`
	Source   string `json:"source_id"`
	KnownOn  string `json:"known_on"`
}

func registerInvestmentCommand() *cobra.Command {
	var o registerOptions
	var host string
	var asJSON bool
	c := &cobra.Command{
		Use:   "investment",
		Short: "Rank investors by year and host country",
		Long: `Prints who invested how much where, by period, ranked as sources state it; where no source states a rank, by value.
Sources measure different things (flow, cumulative): each line names its own.

Exit status: 0 done, 1 the register cannot be read.`,
		Example: "  karvan register investment\n  karvan register investment --host TR --json",
		Args:    args(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			db, _, err := o.named(c)
			if err != nil {
				return err
			}
			defer db.Close()
			page, err := db.List(c.Context(), registerdb.Query{Kind: register.Investment, Limit: 100000})
			if err != nil {
				return err
			}
			rows := []investmentRow{}
			for _, it := range page.Items {
				v := it.Values
				if h := register.Text(v, "host"); host != "" && !strings.EqualFold(h, host) {
					continue
				}
				r, err := db.View(c.Context(), it.ID, register.View{})
				if err != nil {
					return err
				}
				row := investmentRow{register.Text(v, "host"), register.Text(v, "period"), v["rank"], register.Text(v, "investor"), register.Text(v, "measure"), register.Text(v, "sector"), v["valueUSD"], register.Text(v, "note"), "", it.Known}
				for _, path := range []string{"valueUSD", "rank"} {
					if x, ok := r.Choices[path]; ok {
						row.Source, row.KnownOn = x.Source, x.KnownOn
						break
					}
				}
				rows = append(rows, row)
			}
			sortInvestments(rows)
			if asJSON {
				return printJSON(c.OutOrStdout(), rows)
			}
			t := table.NewWriter()
			t.SetOutputMirror(c.OutOrStdout())
			t.SetStyle(table.StyleLight)
			t.AppendHeader(table.Row{"in", "period", "rank", "investor", "measure", "sector", "m USD", "source"})
			for _, r := range rows {
				t.AppendRow(table.Row{r.Host, r.Period, orBlank(r.Rank), labels.Country("en", r.Investor), r.Measure, r.Sector, millions(r.ValueUSD), r.Source})
			}
			t.Render()
			return nil
		},
	}
	o.flags(c)
	c.Flags().StringVar(&host, "host", "", "only in this country, ISO 3166-1 alpha-2")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

func numberOf(v any) (float64, bool) {
	var f float64
	if v == nil {
		return 0, false
	}
	_, err := fmt.Sscan(fmt.Sprint(v), &f)
	return f, err == nil
}

func sortInvestments(rows []investmentRow) {
	year := func(r investmentRow) string { return r.Period[max(0, strings.LastIndexByte(r.Period, ' ')+1):] }
	sort.SliceStable(rows, func(i, j int) bool {
		a, b := rows[i], rows[j]
		switch {
		case a.Host != b.Host:
			return a.Host < b.Host
		case year(a) != year(b):
			return year(a) > year(b)
		case a.Period != b.Period:
			return a.Period < b.Period
		}
		x, ranked := numberOf(a.Rank)
		y, ranked2 := numberOf(b.Rank)
		if ranked != ranked2 {
			return ranked
		}
		if ranked && x != y {
			return x < y
		}
		v, _ := numberOf(a.ValueUSD)
		w, _ := numberOf(b.ValueUSD)
		return v > w
	})
}

func orBlank(v any) any {
	if v == nil {
		return ""
	}
	return v
}

func millions(v any) any {
	f, ok := numberOf(v)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%.0f", f/1e6)
}
