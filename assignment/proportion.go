package assignment

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/karvan/karvan/routing"
)

// alternative is a pair of alternative segments: two ways between the same nodes with no node
// in common between, and of equal cost at equilibrium.
type alternative struct {
	segment [2][]int32
	done    int32 // paths before it have their twins
}

// proportions makes path flows those of greatest entropy among all that give the same link
// flows. Paths are those that the solver found and all that follow by taking one of two
// alternative segments for the other (Bar-Gera 2010, doi:10.1016/j.trb.2009.11.004); their
// flows are then exp(sum of a multiplier for each link) times a factor for each pair, and the
// multipliers are found by Newton's method on the dual, which is convex (Bell and Iida 1997,
// Transportation Network Analysis, §5.3). To split all twins over two segments alike, as is
// usual, is needed for that and not enough: chains of pairs remain that can trade flow.
type proportions struct {
	s       *PathSolver
	paths   []spread
	ofPair  [][]int32        // paths, by pair
	known   map[string]int32 // pair and links -> path
	byLink  [][]int32        // paths over a link
	options map[string]int32 // segments -> alternative
	list    []alternative
	into    *routing.Graph // links by where they lead
	at      []int32        // by node: place in an order, -1: none
	key     []byte
}

// spread is a path while its flow is being found.
type spread struct {
	pair  int32
	links []int32
	flow  float64
}

// mostSpread bounds the paths that proportions look at: as many times those found, and so
// many beside.
const (
	mostSpreadTimes = 8
	mostSpreadMore  = 1 << 20
)

// ErrTooManyPaths is told where alternatives combine into more paths than can be held.
var ErrTooManyPaths = errors.New("assignment: too many paths of equal cost")

// Proportion makes path flows unique: of all that give the same link flows, those of greatest
// entropy, with link flows kept to the tolerance as a share of them. Paths count as equally dear whose costs
// differ by less than a share of theirs. It gives the number of pairs of alternative segments.
// Where they combine into too many paths it wraps [ErrTooManyPaths], and flows stay.
func (s *PathSolver) Proportion(ctx context.Context, share, tolerance float64) (int, error) {
	p := &proportions{s: s, ofPair: make([][]int32, len(s.pairs)), known: map[string]int32{}, options: map[string]int32{}, byLink: make([][]int32, len(s.flow)), at: make([]int32, s.graph.NumNodes), into: routing.NewGraph(s.graph.NumNodes, s.graph.To, s.graph.From)}
	for i := range p.at {
		p.at[i] = -1
	}
	for i := range s.pairs {
		for k := s.pairs[i].first; k < s.pairs[i].last; k++ {
			if w := s.held.ways[k]; w.flow > 0 {
				p.add(int32(i), slices.Clone(s.held.linksOf(k)), w.flow)
			}
		}
	}
	most := mostSpreadTimes*len(p.paths) + mostSpreadMore
	trees := newTreeGrower(s.road)
	var tree growing
	for _, t := range s.tasks {
		trees.grow(&tree, t.origin, s.cost)
		p.meetings(&tree, share)
	}
	// Every path over one segment has a twin over the other; twins may have twins.
	for n := -1; n != len(p.paths); {
		n = len(p.paths)
		for k := range p.list {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
			if err := p.pairUp(&p.list[k], most); err != nil {
				return 0, err
			}
		}
	}
	if err := p.spread(ctx, tolerance); err != nil {
		return 0, err
	}
	p.write()
	return len(p.list), nil
}

// add notes a path, once, and gives its number.
func (p *proportions) add(pair int32, links []int32, flow float64) int32 {
	p.key = keyOf(p.key[:0], []int32{pair}, links)
	if k, ok := p.known[string(p.key)]; ok {
		return k
	}
	k := int32(len(p.paths))
	p.known[string(p.key)] = k
	p.paths = append(p.paths, spread{pair, links, flow})
	p.ofPair[pair] = append(p.ofPair[pair], k)
	for _, a := range links {
		p.byLink[a] = append(p.byLink[a], k)
	}
	return k
}

func keyOf(buf []byte, lists ...[]int32) []byte {
	for _, list := range lists {
		for _, v := range list {
			buf = binary.LittleEndian.AppendUint32(buf, uint32(v))
		}
		buf = append(buf, 0xff, 0xff, 0xff, 0xff)
	}
	return buf
}

// meetings notes the alternatives of an origin: where used links that all lie on cheapest
// paths meet, the ways over each of them, back to where they part. Every other way to go
// is made of those.
func (p *proportions) meetings(t *growing, share float64) {
	from, to := p.s.graph.From, p.s.graph.To
	for i, node := range t.order {
		p.at[node] = int32(i)
	}
	base := make([]int32, len(p.at)) // the first link into a node
	for node := range base {
		base[node] = -1
	}
	tight := func(a int32) bool {
		u, v := from[a], to[a]
		return p.s.flow[a] > 0 && p.at[u] >= 0 && p.at[u] < p.at[v] && t.cost[u]+p.s.cost[a] <= t.cost[v]*(1+share)+share*p.s.cost[a] && (u == t.order[0] || base[u] >= 0 && u >= p.s.road.FirstThrough)
	}
	into := p.into
	onBase := map[int32]int{} // node -> links from it to where ways meet
	for _, v := range t.order[min(1, len(t.order)):] {
		for _, a := range into.Out(v) {
			if !tight(a) {
				continue
			}
			if base[v] < 0 {
				base[v] = a
				continue
			}
			var first, second []int32 // from where they meet backwards
			clear(onBase)
			for node := v; base[node] >= 0; node = from[base[node]] {
				first = append(first, base[node])
				onBase[from[base[node]]] = len(first)
			}
			second = append(second, a)
			node := from[a]
			for onBase[node] == 0 {
				second = append(second, base[node])
				node = from[base[node]]
			}
			first = first[:onBase[node]]
			slices.Reverse(first)
			slices.Reverse(second)
			p.note(first, second)
		}
	}
	for _, node := range t.order {
		p.at[node] = -1
	}
}

// note keeps a pair of alternative segments.
func (p *proportions) note(a, b []int32) {
	if slices.Compare(a, b) > 0 {
		a, b = b, a
	}
	p.key = keyOf(p.key[:0], a, b)
	if _, ok := p.options[string(p.key)]; ok {
		return
	}
	p.options[string(p.key)] = int32(len(p.list))
	p.list = append(p.list, alternative{segment: [2][]int32{a, b}})
}

// pairUp finds the twins of the paths that use one of two segments, those that were not
// looked at before.
func (p *proportions) pairUp(alt *alternative, most int) error {
	limit := int32(len(p.paths))
	for side := range 2 {
		segment, other := alt.segment[side], alt.segment[1-side]
		// The link of the segment that the fewest paths use.
		least := segment[0]
		for _, l := range segment[1:] {
			if len(p.byLink[l]) < len(p.byLink[least]) {
				least = l
			}
		}
		over := p.byLink[least]
		from, _ := slices.BinarySearch(over, alt.done)
		to, _ := slices.BinarySearch(over, limit)
		for _, number := range slices.Clone(over[from:to]) {
			path := p.paths[number]
			i := indexOf(path.links, segment)
			if i < 0 {
				continue
			}
			twin := slices.Concat(path.links[:i], other, path.links[i+len(segment):])
			if !p.simple(twin) {
				continue
			}
			if len(p.paths) > most {
				return ErrTooManyPaths
			}
			p.add(path.pair, twin, 0)
		}
	}
	alt.done = limit
	return nil
}

// indexOf finds a list in a longer one; -1: it is not there.
func indexOf(list, part []int32) int {
	for i := 0; i+len(part) <= len(list); i++ {
		if list[i] == part[0] && slices.Equal(list[i:i+len(part)], part) {
			return i
		}
	}
	return -1
}

// simple says whether a path passes no node twice.
func (p *proportions) simple(links []int32) bool {
	to := p.s.graph.To
	ok := true
	start := p.s.graph.From[links[0]]
	p.at[start] = 0
	n := 0
	for ; n < len(links) && ok; n++ {
		if ok = p.at[to[links[n]]] < 0; ok {
			p.at[to[links[n]]] = 0
		}
	}
	for _, l := range links[:n] {
		p.at[to[l]] = -1
	}
	p.at[start] = -1
	return ok
}

// spread finds the flows of greatest entropy.
func (p *proportions) spread(ctx context.Context, tolerance float64) error {
	d := newDual(p)
	n := len(d.want)
	if n == 0 {
		return nil
	}
	value, off := d.at(d.multiplier), d.off()
	step, tried := make([]float64, n), make([]float64, n)
	ridge := leastRidge
	for range 200 {
		if err := ctx.Err(); err != nil {
			return err
		}
		if off <= tolerance {
			break
		}
		slope := d.newton(step, ridge*math.Min(off, 1), math.Min(0.03, off))
		moved := false
		for size := 1.0; size > 1e-3 && !moved; size /= 4 {
			for a := range tried {
				tried[a] = d.multiplier[a] + size*step[a]
			}
			v := d.at(tried)
			now := d.off()
			fell := v <= value+1e-4*size*slope
			if math.Abs(slope) < 1e-9*(1+math.Abs(value)) { // what it falls by is lost in rounding
				fell = now < off
			}
			if fell {
				copy(d.multiplier, tried)
				value, off, moved = v, now, true
			}
		}
		if moved {
			ridge = math.Max(ridge/10, leastRidge)
			continue
		}
		d.at(d.multiplier)
		if ridge *= 100; ridge > 1e6 { // as near as rounding lets it come
			break
		}
	}
	if off > worstSpread {
		return fmt.Errorf("assignment: path flows of greatest entropy leave link flows off by a share of %.1e: %w", off, ErrNotConverged)
	}
	d.write(p)
	return nil
}

// worstSpread is by what share of it link flow may be off in the end.
const worstSpread = 1e-6

// leastRidge is the least share of link flows, times how far off they are, that is added to
// the second derivative; more where a step fails (Levenberg 1944).
const leastRidge = 1e-6

// off is by how much link flows are off, the worst as a share.
func (d *dual) off() float64 {
	worst := 0.0
	for a, g := range d.gradient {
		worst = math.Max(worst, math.Abs(g)/(1+d.want[a]))
	}
	return worst
}

// dual is the problem of the multipliers. Its links are those that some of a pair's paths
// use and others do not.
type dual struct {
	pairs      []dualPair
	want       []float64 // [links] flow of the pairs on it
	multiplier []float64
	gradient   []float64
	scale      []float64 // of the gradient: what is near the second derivative
	flow       []float64 // [paths]
	sum        []float64 // [paths] scratch
}

// dualPair is a pair with a choice.
type dualPair struct {
	volume      float64
	first, last int32   // paths
	number      []int32 // in proportions
	links       [][]int32
}

func newDual(p *proportions) *dual {
	d := &dual{}
	local := make([]int32, len(p.byLink))
	for a := range local {
		local[a] = -1
	}
	count := make([]int32, len(p.byLink))
	paths := int32(0)
	for _, list := range p.ofPair {
		if len(list) < 2 {
			continue
		}
		pair := dualPair{first: paths, last: paths + int32(len(list)), number: list}
		paths = pair.last
		for _, k := range list {
			pair.volume += p.paths[k].flow
			for _, a := range p.paths[k].links {
				count[a]++
			}
		}
		for _, k := range list {
			var own []int32
			for _, a := range p.paths[k].links {
				if int(count[a]) == len(list) {
					continue // all go there
				}
				if local[a] < 0 {
					local[a] = int32(len(d.want))
					d.want = append(d.want, 0)
				}
				own = append(own, local[a])
				d.want[local[a]] += p.paths[k].flow
			}
			pair.links = append(pair.links, own)
		}
		for _, k := range list {
			for _, a := range p.paths[k].links {
				count[a] = 0
			}
		}
		d.pairs = append(d.pairs, pair)
	}
	n := len(d.want)
	d.multiplier, d.gradient, d.scale = make([]float64, n), make([]float64, n), make([]float64, n)
	d.flow, d.sum = make([]float64, paths), make([]float64, paths)
	return d
}

// at gives the dual's value at some multipliers, and sets flows, gradient and scale.
func (d *dual) at(multiplier []float64) float64 {
	value := 0.0
	clear(d.gradient)
	clear(d.scale)
	for a, want := range d.want {
		value -= multiplier[a] * want
		d.gradient[a] = -want
	}
	for i := range d.pairs {
		pair := &d.pairs[i]
		most := math.Inf(-1)
		flow := d.flow[pair.first:pair.last]
		for k, links := range pair.links {
			sum := 0.0
			for _, a := range links {
				sum += multiplier[a]
			}
			flow[k] = sum
			most = math.Max(most, sum)
		}
		total := 0.0
		for k := range flow {
			flow[k] = math.Exp(flow[k] - most)
			total += flow[k]
		}
		value += pair.volume * (most + math.Log(total))
		for k, links := range pair.links {
			flow[k] *= pair.volume / total
			for _, a := range links {
				d.gradient[a] += flow[k]
				d.scale[a] += flow[k] * (1 - flow[k]/math.Max(pair.volume, 1e-300))
			}
		}
	}
	return value
}

// newton gives Newton's step, by conjugate gradients to a share of the gradient, and the slope
// along it. A ridge keeps multipliers that hardly matter from running away.
func (d *dual) newton(step []float64, ridge, precision float64) float64 {
	n := len(step)
	clear(step)
	residual, direction, bent := make([]float64, n), make([]float64, n), make([]float64, n)
	firm := func(a int) float64 { return ridge * (1 + d.want[a]) }
	ease := func(a int) float64 { return 1 / (d.scale[a] + firm(a)) }
	rho, first := 0.0, 0.0
	for a := range residual {
		residual[a] = -d.gradient[a]
		direction[a] = residual[a] * ease(a)
		rho += residual[a] * direction[a]
	}
	first = rho
	for range 500 {
		if rho <= precision*precision*first {
			break
		}
		d.bend(direction, bent)
		for a := range bent {
			bent[a] += firm(a) * direction[a]
		}
		curve := dot(direction, bent)
		if curve <= 0 {
			break
		}
		alpha := rho / curve
		next := 0.0
		for a := range step {
			step[a] += alpha * direction[a]
			residual[a] -= alpha * bent[a]
			next += residual[a] * residual[a] * ease(a)
		}
		for a := range direction {
			direction[a] = residual[a]*ease(a) + next/rho*direction[a]
		}
		rho = next
	}
	return dot(d.gradient, step)
}

// bend is the dual's second derivative times a direction.
func (d *dual) bend(direction, out []float64) {
	clear(out)
	for i := range d.pairs {
		pair := &d.pairs[i]
		flow, sum := d.flow[pair.first:pair.last], d.sum[pair.first:pair.last]
		mean := 0.0
		for k, links := range pair.links {
			sum[k] = 0
			for _, a := range links {
				sum[k] += direction[a]
			}
			mean += flow[k] * sum[k]
		}
		if pair.volume > 0 {
			mean /= pair.volume
		}
		for k, links := range pair.links {
			v := flow[k] * (sum[k] - mean)
			for _, a := range links {
				out[a] += v
			}
		}
	}
}

// write gives the flows to the paths.
func (d *dual) write(p *proportions) {
	for i := range d.pairs {
		for k, number := range d.pairs[i].number {
			p.paths[number].flow = d.flow[d.pairs[i].first+int32(k)]
		}
	}
}

// write gives the solver the paths.
func (p *proportions) write() {
	s := p.s
	var out pathList
	for i := range s.pairs {
		first := int32(len(out.ways))
		for _, k := range p.ofPair[i] {
			if path := p.paths[k]; path.flow > 0 {
				out.ways = append(out.ways, way{links: int32(len(out.links)), res: int32(len(out.links)), flow: path.flow})
				out.links = append(out.links, path.links...)
			}
		}
		s.pairs[i].first, s.pairs[i].last = first, int32(len(out.ways))
	}
	out.ways = append(out.ways, way{links: int32(len(out.links)), res: int32(len(out.links))})
	out.res = out.links
	s.held, s.spare = out, pathList{}
	s.begin()
	s.settle(1)
}
