package trade

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// BuildModel takes the columns of a formula out of a table. Rows in which a
// value is missing are left out; how many is told. Cluster names the columns of
// one cluster joined by ^, or of two ways joined by +; "" is none.
func BuildModel(f *Frame, formula *Formula, cluster, weights, offset string) (m *Model, missing int, err error) {
	m = &Model{}
	if m.Y, err = formula.Outcome.values(f); err != nil {
		return nil, 0, fmt.Errorf("trade: %w", err)
	}
	for i := range formula.Regressors {
		t := &formula.Regressors[i]
		x, err := t.values(f)
		if err != nil {
			return nil, 0, fmt.Errorf("trade: %w", err)
		}
		m.X, m.Names = append(m.X, x), append(m.Names, t.Text)
	}
	take := func(names []string) ([]int32, error) {
		g, count, err := levels(f, names)
		if err == nil && count == 0 {
			err = fmt.Errorf("%s: every value is missing", strings.Join(names, "^"))
		}
		return g, err
	}
	for _, names := range formula.Effects {
		g, err := take(names)
		if err != nil {
			return nil, 0, fmt.Errorf("trade: %w", err)
		}
		m.Effects, m.EffectName = append(m.Effects, g), append(m.EffectName, strings.Join(names, "^"))
	}
	if cluster != "" {
		ways := strings.Split(cluster, "+")
		if len(ways) > 2 {
			return nil, 0, errors.New("trade: at most two ways of clustering were expected, joined by +")
		}
		for _, way := range ways {
			var names []string
			for _, name := range strings.Split(way, "^") {
				names = append(names, strings.TrimSpace(name))
			}
			g, err := take(names)
			if err != nil {
				return nil, 0, fmt.Errorf("trade: cluster: %w", err)
			}
			m.Clusters = append(m.Clusters, g)
		}
	}
	for _, extra := range []struct {
		name string
		into *[]float64
	}{{weights, &m.Weights}, {offset, &m.Offset}} {
		if extra.name == "" {
			continue
		}
		t, err := parseTerm(extra.name)
		if err != nil {
			return nil, 0, fmt.Errorf("trade: %w", err)
		}
		if *extra.into, err = t.values(f); err != nil {
			return nil, 0, fmt.Errorf("trade: %w", err)
		}
	}
	if m.Panel, err = panelOf(f, formula); err != nil {
		return nil, 0, fmt.Errorf("trade: %w", err)
	}
	return m, m.dropMissing(), nil
}

// panelOf finds the sides and the period of a three-way model: of its three effects, each
// of two columns, any two share one. Nil of other models.
func panelOf(f *Frame, formula *Formula) (*Panel, error) {
	e := formula.Effects
	if len(e) != 3 || len(e[0]) != 2 || len(e[1]) != 2 || len(e[2]) != 2 {
		return nil, nil
	}
	shared := func(a, b []string) (both, own string) {
		for _, x := range a {
			if x == b[0] || x == b[1] {
				both = x
			} else {
				own = x
			}
		}
		return both, own
	}
	// The period is what the first two share; the pair has what is left of them.
	period, exporter := shared(e[0], e[1])
	_, importer := shared(e[1], e[0])
	pair, _ := shared(e[2], []string{exporter, importer})
	if period == "" || exporter == "" || importer == "" || pair == "" || exporter == importer || !(e[2][0] == exporter && e[2][1] == importer || e[2][0] == importer && e[2][1] == exporter) {
		return nil, nil
	}
	p := &Panel{}
	for _, x := range []struct {
		name string
		into *[]int32
	}{{exporter, &p.Exporter}, {importer, &p.Importer}, {period, &p.Period}} {
		groups, _, err := levels(f, []string{x.name})
		if err != nil {
			return nil, err
		}
		*x.into = groups
	}
	return p, nil
}

// dropMissing takes rows with a missing value out and tells how many.
func (m *Model) dropMissing() int {
	n := len(m.Y)
	keep := make([]bool, n)
	floats := append([][]float64{m.Y}, m.X...)
	if m.Weights != nil {
		floats = append(floats, m.Weights)
	}
	if m.Offset != nil {
		floats = append(floats, m.Offset)
	}
	codes := append(append([][]int32(nil), m.Effects...), m.Clusters...)
	rows := 0
	for i := range keep {
		whole := true
		for _, x := range floats {
			whole = whole && !math.IsNaN(x[i])
		}
		for _, g := range codes {
			whole = whole && g[i] >= 0
		}
		if keep[i] = whole; whole {
			rows++
		}
	}
	if rows == n {
		return 0
	}
	m.Y = compactFloats(m.Y, keep, rows)
	for k := range m.X {
		m.X[k] = compactFloats(m.X[k], keep, rows)
	}
	if m.Weights != nil {
		m.Weights = compactFloats(m.Weights, keep, rows)
	}
	if m.Offset != nil {
		m.Offset = compactFloats(m.Offset, keep, rows)
	}
	short := func(g []int32) []int32 {
		out := make([]int32, 0, rows)
		for i, v := range g {
			if keep[i] {
				out = append(out, v)
			}
		}
		return out
	}
	for q := range m.Effects {
		m.Effects[q] = short(m.Effects[q])
	}
	for q := range m.Clusters {
		m.Clusters[q] = short(m.Clusters[q])
	}
	if m.Panel != nil {
		m.Panel = &Panel{short(m.Panel.Exporter), short(m.Panel.Importer), short(m.Panel.Period)}
	}
	return n - rows
}
