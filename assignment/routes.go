package assignment

import (
	"encoding/binary"
	"math"
	"slices"
	"sort"

	"github.com/karvan/karvan/routing"
)

// Routes holds the generated routes of every demand, flat: the routes of
// demand d are First[d] .. First[d+1]-1, the arcs of route k are
// Arcs[ArcStart[k]:ArcStart[k+1]].
type Routes struct {
	First    []int32 // [nDemands+1]
	ArcStart []int32 // [nRoutes+1]
	Arcs     []int32
	Nest     []int32   // [nRoutes], index of the mode chain within the demand
	PathSize []float64 // [nRoutes], in (0, 1]
	FixedH   []float64 // [nRoutes]
	// The resources of a route, and how often it uses each.
	ResStart []int32
	Res      []int32
}

// ArcsOf gives the arcs of route k, in order of travel.
func (r *Routes) ArcsOf(k int32) []int32 { return r.Arcs[r.ArcStart[k]:r.ArcStart[k+1]] }

// Len is the number of routes.
func (r *Routes) Len() int { return len(r.FixedH) }

// Generation says how routes are made. Variants are sets of arcs that are left
// out in turn ([nArcs] each, true: left out), so that each mode chain gets its
// best route; Rounds of penalties, each of which makes the arcs used so far
// dearer by Penalty, find the ways round (de la Barra, Perez and Anez 1993,
// link penalty).
type Generation struct {
	Variants [][]bool
	Rounds   int
	Penalty  float64
	// MaxRoutes bounds the routes of a demand, MaxPerNest those of one chain.
	MaxRoutes, MaxPerNest int
	// MaxRatio leaves out a route that costs more than this many times the best.
	MaxRatio float64
	Workers  int
}

// DefaultGeneration is what the model uses unless a study says otherwise.
var DefaultGeneration = Generation{Rounds: 5, Penalty: 0.25, MaxRoutes: 12, MaxPerNest: 4, MaxRatio: 2.5}

// negligible is the log of the odds beyond which a route is left out: at 9 it
// would carry about one tonne in ten thousand.
const negligible = 9

type candidate struct {
	arcs  []int32
	costH float64
	key   string
	held  bool // from an earlier round: stays
}

// Generate makes the routes of every demand under the delays [nResources] (nil:
// none). Routes of before, if given, are kept, and the bounds of g hold for what
// is added to them. It returns the demands that no route serves, whatever their
// size.
func Generate(p *Problem, g Generation, delayH []float64, before *Routes) (*Routes, []int) {
	type task struct {
		class, origin int32
		demands       []int
	}
	var tasks []task
	index := map[[2]int32]int{}
	for i, d := range p.Demands {
		k := [2]int32{d.Class, d.Origin}
		t, ok := index[k]
		if !ok {
			t = len(tasks)
			index[k] = t
			tasks = append(tasks, task{class: d.Class, origin: d.Origin})
		}
		tasks[t].demands = append(tasks[t].demands, i)
	}
	found := make([][]candidate, len(p.Demands))
	pieces(len(tasks), g.Workers, func(_, from, to int) {
		w := newGenerator(p, g, delayH)
		for _, t := range tasks[from:to] {
			w.run(t.class, t.origin, t.demands, before, found)
		}
	})
	return flatten(p, found)
}

type generator struct {
	p        *Problem
	g        Generation
	delayH   []float64
	tree     routing.Tree
	cost     []float64 // the class's true cost
	trial    []float64 // with what is left out or penalised
	penalty  []float64
	buf      []int32
	labelBuf []byte
}

func newGenerator(p *Problem, g Generation, delayH []float64) *generator {
	arcs := len(p.Graph.From)
	return &generator{p: p, g: g, delayH: delayH, cost: make([]float64, arcs), trial: make([]float64, arcs), penalty: make([]float64, arcs)}
}

func (w *generator) run(class, origin int32, demands []int, before *Routes, found [][]candidate) {
	fixed := w.p.Classes[class].FixedH
	for a := range w.cost {
		w.cost[a] = fixed[a]
		if r := w.p.Resource[a]; r >= 0 && w.delayH != nil {
			w.cost[a] += w.delayH[r]
		}
	}
	if before != nil {
		for _, d := range demands {
			for k := before.First[d]; k < before.First[d+1]; k++ {
				w.add(found, d, before.ArcsOf(k))
			}
			for i := range found[d] {
				found[d][i].held = true
			}
		}
	}
	copy(w.trial, w.cost)
	w.grow(origin, demands, found)
	for _, leaveOut := range w.g.Variants {
		changes := false
		for a := range w.trial {
			w.trial[a] = w.cost[a]
			if leaveOut[a] {
				changes = changes || !math.IsInf(w.cost[a], 1)
				w.trial[a] = math.Inf(1)
			}
		}
		// Leaving out what the class may not use anyway would find nothing new.
		if changes {
			w.grow(origin, demands, found)
		}
	}
	for a := range w.penalty {
		w.penalty[a] = 1
	}
	for round := 0; round < w.g.Rounds; round++ {
		for _, d := range demands {
			for _, c := range found[d] {
				for _, a := range c.arcs {
					w.penalty[a] = -math.Abs(w.penalty[a]) // marks the arc once a round
				}
			}
		}
		for a := range w.trial {
			if w.penalty[a] < 0 {
				w.penalty[a] = -w.penalty[a] * (1 + w.g.Penalty)
			}
			w.trial[a] = w.cost[a] * w.penalty[a]
		}
		w.grow(origin, demands, found)
	}
	for _, d := range demands {
		found[d] = w.choose(found[d], w.p.Classes[class])
	}
}

// grow finds one tree under the trial costs and takes its paths.
func (w *generator) grow(origin int32, demands []int, found [][]candidate) {
	w.tree.Grow(w.p.Graph, origin, w.trial)
	for _, d := range demands {
		w.buf = w.tree.Path(w.p.Graph, w.p.Demands[d].Dest, w.buf[:0])
		if len(w.buf) > 0 {
			w.add(found, d, w.buf)
		}
	}
}

func (w *generator) add(found [][]candidate, d int, arcs []int32) {
	for i := range found[d] {
		if slices.Equal(found[d][i].arcs, arcs) {
			return
		}
	}
	cost := 0.0
	for _, a := range arcs {
		cost += w.cost[a]
	}
	if math.IsInf(cost, 1) {
		return
	}
	found[d] = append(found[d], candidate{arcs: slices.Clone(arcs), costH: cost})
}

// choose keeps the cheapest routes, few of each mode chain, and leaves out
// what hardly anyone would take.
func (w *generator) choose(all []candidate, class Class) []candidate {
	if len(all) == 0 {
		return nil
	}
	sort.SliceStable(all, func(i, j int) bool {
		if all[i].costH != all[j].costH {
			return all[i].costH < all[j].costH
		}
		return slices.Compare(all[i].arcs, all[j].arcs) < 0
	})
	best := all[0].costH
	perChain := map[string]int{}
	kept := all[:0]
	fresh := 0
	for _, c := range all {
		if !c.held && (fresh >= w.g.MaxRoutes || c.costH > best*w.g.MaxRatio || (c.costH-best)*class.DispersionPerH > negligible) {
			continue
		}
		w.labelBuf = chain(w.p.Label, c.arcs, w.labelBuf[:0])
		c.key = string(w.labelBuf)
		if !c.held {
			if perChain[c.key] >= w.g.MaxPerNest {
				continue
			}
			perChain[c.key]++
			fresh++
		}
		kept = append(kept, c)
	}
	return kept
}

// chain writes the labels along the arcs, repeats removed.
func chain(label []int16, arcs []int32, buf []byte) []byte {
	last := int16(-1)
	for _, a := range arcs {
		if l := label[a]; l >= 0 && l != last {
			buf = binary.LittleEndian.AppendUint16(buf, uint16(l))
			last = l
		}
	}
	return buf
}

func flatten(p *Problem, found [][]candidate) (*Routes, []int) {
	r := &Routes{First: make([]int32, 1, len(found)+1), ArcStart: []int32{0}, ResStart: []int32{0}}
	var unserved []int
	shared := make([]int32, len(p.Graph.From))
	for d, list := range found {
		if len(list) == 0 {
			unserved = append(unserved, d)
		}
		fixed := p.Classes[p.Demands[d].Class].FixedH
		nests := map[string]int32{}
		first := len(r.FixedH)
		for _, c := range list {
			nest, ok := nests[c.key]
			if !ok {
				nest = int32(len(nests))
				nests[c.key] = nest
			}
			r.Nest = append(r.Nest, nest)
			sum := 0.0
			for _, a := range c.arcs {
				sum += fixed[a]
				if res := p.Resource[a]; res >= 0 {
					r.Res = append(r.Res, res)
				}
			}
			r.FixedH = append(r.FixedH, sum)
			r.Arcs = append(r.Arcs, c.arcs...)
			r.ArcStart = append(r.ArcStart, int32(len(r.Arcs)))
			r.ResStart = append(r.ResStart, int32(len(r.Res)))
		}
		r.PathSize = append(r.PathSize, pathSizes(p, list, r.Nest[first:], shared)...)
		r.First = append(r.First, int32(len(r.FixedH)))
	}
	return r, unserved
}

// pathSizes gives each route's path-size factor within its nest: the mean over
// its length of one over the number of the nest's routes that share the arc
// (Ben-Akiva and Bierlaire 1999, eq. 23 with gamma 0). shared is scratch, one
// zero for each arc.
func pathSizes(p *Problem, list []candidate, nest []int32, shared []int32) []float64 {
	out := make([]float64, len(list))
	for m := int32(0); ; m++ {
		any := false
		for i, c := range list {
			if nest[i] != m {
				continue
			}
			any = true
			for _, a := range c.arcs {
				shared[a]++
			}
		}
		if !any {
			return out
		}
		for i, c := range list {
			if nest[i] != m {
				continue
			}
			length, size := 0.0, 0.0
			for _, a := range c.arcs {
				length += p.LengthKm[a]
				size += p.LengthKm[a] / float64(shared[a])
			}
			out[i] = 1
			if length > 0 {
				out[i] = size / length
			}
		}
		for i, c := range list {
			if nest[i] == m {
				for _, a := range c.arcs {
					shared[a] = 0
				}
			}
		}
	}
}

// Repriced gives the same routes with the fixed times of another problem on
// the same graph, whose arcs the routes must be open in.
func (r *Routes) Repriced(p *Problem) *Routes {
	out := *r
	out.FixedH = make([]float64, len(r.FixedH))
	for d := range p.Demands {
		fixed := p.Classes[p.Demands[d].Class].FixedH
		for k := r.First[d]; k < r.First[d+1]; k++ {
			for _, a := range r.ArcsOf(k) {
				out.FixedH[k] += fixed[a]
			}
		}
	}
	return &out
}
