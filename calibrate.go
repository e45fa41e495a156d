package karvan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/karvan/karvan/assignment"
	"github.com/karvan/karvan/calibration"
	"github.com/karvan/karvan/od"
)

// CalibrateOptions steer [Model.Calibrate]. The zero value means the defaults given.
type CalibrateOptions struct {
	Weight   float64 // of what demand was before, against counts; 0: by cross-validation
	Bound    float64 // cells without a range of their own change by this factor at most; 0: 5
	Rounds   int     // of solving and adjusting; 0: 6
	Workers  int
	Progress func(round, rounds, year int)
}

// Calibration is demand adjusted to what was observed.
type Calibration struct {
	Counts    []CalibratedCount
	LeftOut   []Score // observations that were not used, and why
	Cells     []CalibratedCell
	Weight    float64
	Weights   []WeightScore // those that were tried
	Rounds    int
	Settled   bool    // demand and routes agree: the last round changed no cell by more than settled
	LastMove  float64 // the greatest change of ln f in the last round
	AtBound   int
	Converged bool // every equilibrium
}

// CalibratedCount is an observation that was used.
type CalibratedCount struct {
	Observation
	SD             float64 // it is taken to be known to, in its unit
	Before, After  float64
	Alone          float64 // predicted from all the others
	WithoutItsKind float64 // predicted from those of other indicators
}

// CalibratedCell is what became of the demand from a zone to a zone, in every year alike.
type CalibratedCell struct {
	From, To      od.ZoneID
	Commodity     od.CommodityID
	TPerYr        float64 // before, in the first year given
	Factor        float64
	Low, High     float64 // bounds of the factor
	SD            float64 // of the logarithm of the factor, beforehand
	AtBound, Seen bool    // Seen: some count has it
}

// WeightScore is how well counts left out are predicted with a weight: the mean of
// |ln(predicted/observed)|, those of one indicator left out at once, and how well that mean
// is known.
type WeightScore struct{ Weight, Error, SE float64 }

// weights that are tried, from the greatest.
var weights = []float64{10, 3, 1, 0.3, 0.1, 0.03, 0.01}

// Standard deviations of what was observed, as a share, and of the logarithm of demand
// where it has no range, by confidence: judgements, not estimates.
var (
	countSD = map[string]float64{"high": 0.03, "medium": 0.1, "low": 0.2}
	cellSD  = map[string]float64{"high": 0.1, "medium": 0.3, "low": 0.6}
)

// rangeSDs is how many standard deviations a range of 80 % spans.
const rangeSDs = 2 * 1.2815515655446004

// settled is the change of ln f at which rounds end.
const settled = 0.005

// Calibrate adjusts the OD matrix of the base to the observations of the role fit. Routes
// answer demand, so it solves and adjusts in turn. Observations kept apart are not looked at.
func (m *Model) Calibrate(ctx context.Context, o CalibrateOptions) (*Calibration, error) {
	bound, rounds := o.Bound, o.Rounds
	if bound == 0 {
		bound = 5
	}
	if rounds == 0 {
		rounds = 6
	}
	out := &Calibration{Converged: true, Weight: o.Weight}
	years := m.sortObservations(out)
	if len(out.Counts) == 0 {
		return nil, errors.New("karvan: the study has no observation of the role fit that a measure models in a year from its base year on")
	}
	index := m.calibrationCells(out, bound)
	p := &calibration.Problem{Counts: make([]calibration.Count, len(out.Counts))}
	for _, c := range out.Cells {
		p.SD, p.Low, p.High = append(p.SD, c.SD), append(p.Low, c.Low), append(p.High, c.High)
	}
	group, kinds := make([]int, len(out.Counts)), map[string]int{}
	for k, c := range out.Counts {
		if _, ok := kinds[c.Indicator]; !ok {
			kinds[c.Indicator] = len(kinds)
		}
		group[k] = kinds[c.Indicator]
	}
	for out.Rounds = 0; ; out.Rounds++ {
		if err := m.fillCounts(ctx, out, p, index, years, o, rounds); err != nil {
			return nil, err
		}
		if out.Rounds == rounds || out.Settled {
			break
		}
		if out.Weight == 0 {
			if err := out.chooseWeight(p, group); err != nil {
				return nil, err
			}
		}
		res, err := calibration.Solve(p, out.Weight)
		if err != nil {
			return nil, err
		}
		out.LastMove, out.AtBound = 0, res.AtBound
		for i, f := range res.Factor {
			c := &out.Cells[i]
			out.LastMove = math.Max(out.LastMove, math.Abs(math.Log(f/c.Factor)))
			c.Factor = f
			c.AtBound = f != 1 && (f == c.Low || f == c.High)
		}
		out.Settled = out.LastMove <= settled
	}
	alone := make([]int, len(out.Counts))
	for k := range alone {
		alone[k] = k
	}
	for _, x := range []struct {
		group []int
		into  func(k int, v float64)
	}{{alone, func(k int, v float64) { out.Counts[k].Alone = v }}, {group, func(k int, v float64) { out.Counts[k].WithoutItsKind = v }}} {
		predicted, err := calibration.LeaveOut(p, out.Weight, x.group)
		if err != nil {
			return nil, err
		}
		for k, v := range predicted {
			x.into(k, v)
		}
	}
	return out, nil
}

// sortObservations parts those that are used from the others, and gives their years.
func (m *Model) sortObservations(out *Calibration) []int {
	measured := map[string]bool{}
	for _, x := range m.in.Measures {
		measured[x.Indicator] = true
	}
	var years []int
	for _, x := range m.in.Observations {
		reason := ""
		switch {
		case x.Role != "fit":
			reason = "kept apart"
		case x.Year == 0:
			reason = "not a whole year"
		case !measured[x.Indicator]:
			reason = "nothing in the study models this indicator"
		case x.Year < m.in.BaseYear:
			reason = "before the base year"
		case !(x.Value > 0):
			reason = "nothing was counted"
		}
		if reason != "" {
			out.LeftOut = append(out.LeftOut, Score{Observation: x, Modelled: math.NaN(), Low: math.NaN(), High: math.NaN(), Reason: reason})
			continue
		}
		sd, ok := countSD[x.Confidence]
		if !ok {
			sd = countSD["low"]
		}
		out.Counts = append(out.Counts, CalibratedCount{Observation: x, SD: sd * x.Value})
		if !slices.Contains(years, x.Year) {
			years = append(years, x.Year)
		}
	}
	slices.Sort(years)
	return years
}

// cellKey says which cell of demand a row is of, in every year alike.
type cellKey struct {
	commodity od.CommodityID
	from, to  od.ZoneID
}

// calibrationCells lists the cells of demand with what is known of each, and where each is.
func (m *Model) calibrationCells(out *Calibration, bound float64) map[cellKey]int {
	index := map[cellKey]int{}
	rows := slices.Clone(m.in.Demand)
	slices.SortStableFunc(rows, func(a, b od.Cell) int {
		return cmp.Or(cmp.Compare(a.Commodity, b.Commodity), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Year, b.Year))
	})
	for _, r := range rows {
		key := cellKey{r.Commodity, r.From, r.To}
		if _, ok := index[key]; ok || r.TPerYr == 0 {
			continue
		}
		c := CalibratedCell{From: r.From, To: r.To, Commodity: r.Commodity, TPerYr: r.TPerYr, Factor: 1, Low: 1 / bound, High: bound}
		c.SD = cellSD[r.Confidence]
		if c.SD == 0 {
			c.SD = cellSD["low"]
		}
		if r.High > 0 && r.Low <= r.TPerYr && r.High >= r.TPerYr {
			c.Low, c.High = r.Low/r.TPerYr, r.High/r.TPerYr
			if r.Low > 0 && r.High > r.Low {
				c.SD = math.Log(r.High/r.Low) / rangeSDs
			}
		}
		index[key] = len(out.Cells)
		out.Cells = append(out.Cells, c)
	}
	return index
}

// adjusted gives the study with its demand times the factors.
func (m *Model) adjusted(out *Calibration, index map[cellKey]int) *Model {
	in := *m.in
	in.Demand = slices.Clone(m.in.Demand)
	for i := range in.Demand {
		r := &in.Demand[i]
		if k, ok := index[cellKey{r.Commodity, r.From, r.To}]; ok {
			r.TPerYr *= out.Cells[k].Factor
		}
	}
	// Networks are the same, so are the routes held of them.
	return &Model{in: &in, routes: m.routes, bases: map[int]*baseEntry{}}
}

// fillCounts solves the base with the factors as they are, and fills in what each cell adds to
// each count.
func (m *Model) fillCounts(ctx context.Context, out *Calibration, p *calibration.Problem, index map[cellKey]int, years []int, o CalibrateOptions, rounds int) error {
	now := m.adjusted(out, index)
	for _, year := range years {
		if o.Progress != nil {
			o.Progress(out.Rounds, rounds, year)
		}
		w, err := now.build("base", year)
		if err != nil {
			return fmt.Errorf("base, %d: %w", year, err)
		}
		res, err := now.solve(ctx, w, Options{Workers: o.Workers})
		if err != nil && !errors.Is(err, assignment.ErrNotConverged) {
			return fmt.Errorf("base, %d: %w", year, err)
		}
		out.Converged = out.Converged && err == nil
		place := map[string]int{}
		for i, x := range m.in.Measures {
			place[x.Indicator] = i
		}
		adds := make([]map[int32]float64, len(m.in.Measures))
		now.eachCount(w, res, func(measure, cell int, v float64) {
			c := w.matrix[cell]
			k, ok := index[cellKey{c.Commodity, c.From, c.To}]
			if !ok {
				return
			}
			if adds[measure] == nil {
				adds[measure] = map[int32]float64{}
			}
			adds[measure][int32(k)] += v
		})
		for k := range out.Counts {
			c := &out.Counts[k]
			if c.Year != year {
				continue
			}
			row := calibration.Count{Value: c.Value, SD: c.SD}
			list := adds[place[c.Indicator]]
			for i := range list {
				row.Cells = append(row.Cells, i)
			}
			slices.Sort(row.Cells)
			modelled := 0.0
			for _, i := range row.Cells {
				row.Per = append(row.Per, list[i]/out.Cells[i].Factor)
				modelled += list[i]
				out.Cells[i].Seen = true
			}
			p.Counts[k] = row
			if c.After = modelled; out.Rounds == 0 {
				c.Before = modelled
			}
		}
	}
	return nil
}

// chooseWeight takes the greatest weight, which changes demand least, among those that predict
// counts as well as the best does, to within one standard error, when all of their
// indicator are left out (Breiman, Friedman, Olshen and Stone 1984, Classification and
// Regression Trees, §3.4.3).
func (c *Calibration) chooseWeight(p *calibration.Problem, group []int) error {
	for _, weight := range weights {
		predicted, err := calibration.LeaveOut(p, weight, group)
		if err != nil {
			return err
		}
		sum, squares, n := 0.0, 0.0, 0.0
		for k, v := range predicted {
			if v > 0 {
				e := math.Abs(math.Log(v / c.Counts[k].Value))
				sum, squares, n = sum+e, squares+e*e, n+1
			}
		}
		score := WeightScore{weight, math.Inf(1), 0}
		if n > 0 {
			score.Error = sum / n
			score.SE = math.Sqrt(math.Max(0, squares/n-score.Error*score.Error) / n)
		}
		c.Weights = append(c.Weights, score)
	}
	best := slices.MinFunc(c.Weights, func(a, b WeightScore) int { return cmp.Compare(a.Error, b.Error) })
	for _, x := range c.Weights { // from the greatest
		if x.Error <= best.Error+best.SE {
			c.Weight = x.Weight
			break
		}
	}
	return nil
}
