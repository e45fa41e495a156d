package assignment

import "slices"

// pathList is paths and what they carry.
type pathList struct {
	ways  []way   // and one more, for where the last one ends
	links []int32 // by way
	res   []int32 // by way: resources of the links; where each link has its own, the same list
}

// way is a path and what goes over it.
type way struct {
	links, res int32   // where they begin
	fixed      float64 // what the path costs beside its resources
	flow       float64
}

func (l *pathList) linksOf(k int32) []int32 { return l.links[l.ways[k].links:l.ways[k+1].links] }
func (l *pathList) resOf(k int32) []int32   { return l.res[l.ways[k].res:l.ways[k+1].res] }

// finds are new paths of some pairs.
type finds struct {
	start []int32 // [finds+1]
	flow  []float64
	links []int32
}

// ref is where the new path of a pair is; at -1: there is none.
type ref struct{ piece, at int32 }

func (f *finds) clear() {
	f.start, f.flow, f.links = append(f.start[:0], 0), f.flow[:0], f.links[:0]
}

func (f *finds) add(flow float64) int32 {
	f.start, f.flow = append(f.start, int32(len(f.links))), append(f.flow, flow)
	return int32(len(f.flow) - 1)
}

func (f *finds) get(at int32) ([]int32, float64) {
	return f.links[f.start[at]:f.start[at+1]], f.flow[at]
}

// begin makes ready for finds.
func (s *engine) begin() {
	for k := range s.found {
		s.found[k].clear()
	}
	if len(s.fresh) != len(s.pairs) {
		s.fresh = make([]ref, len(s.pairs))
	}
	for i := range s.fresh {
		s.fresh[i].at = -1
	}
}

// settlePieces is in how many parts the list of paths is made anew.
const settlePieces = 8

// settle makes the list of paths anew: those that carry flow, and those that were found. It
// adds flows up from them, so that rounding never builds up.
func (s *engine) settle(workers int) {
	old, out := &s.held, &s.spare
	var ways, links, res [settlePieces + 1]int
	bound := func(piece int) int { return piece * len(s.pairs) / settlePieces }
	each := func(do func(piece int)) {
		pieces(settlePieces, workers, func(piece, _, _ int) { do(piece) })
	}
	each(func(piece int) { // how much room each part needs
		for i := bound(piece); i < bound(piece+1); i++ {
			s.kept(i, func(path []int32, _, _ float64) {
				ways[piece+1]++
				links[piece+1] += len(path)
				if s.resource != nil {
					res[piece+1] += s.shared(path)
				}
			})
		}
	})
	for piece := range settlePieces {
		ways[piece+1] += ways[piece]
		links[piece+1] += links[piece]
		res[piece+1] += res[piece]
	}
	out.ways, out.links = sized(out.ways, ways[settlePieces]+1), sized(out.links, links[settlePieces])
	if s.resource == nil {
		out.res = out.links
	} else {
		out.res = sized(out.res, res[settlePieces])
	}
	s.parts = sized(s.parts, settlePieces*len(s.flow))
	clear(s.parts)
	each(func(piece int) {
		w, l, r := ways[piece], links[piece], res[piece]
		flows := s.parts[piece*len(s.flow) : (piece+1)*len(s.flow)]
		for i := bound(piece); i < bound(piece+1); i++ {
			first := int32(w)
			weight := s.weightOf(int32(s.pairs[i].class))
			s.kept(i, func(path []int32, fixed, flow float64) {
				out.ways[w] = way{links: int32(l), res: int32(r), fixed: fixed, flow: flow}
				copy(out.links[l:], path)
				from := l
				l += len(path)
				used := out.links[from:l]
				if s.resource == nil {
					out.ways[w].res = int32(from)
				} else {
					from = r
					for _, a := range path {
						if x := s.resource[a]; x >= 0 {
							out.res[r] = x
							r++
						}
					}
					used = out.res[from:r]
				}
				flow *= weight
				for _, x := range used {
					flows[x] += flow
				}
				w++
			})
			s.pairs[i].first, s.pairs[i].last = first, int32(w)
		}
	})
	out.ways[ways[settlePieces]] = way{links: int32(len(out.links)), res: int32(len(out.res))}
	clear(s.flow)
	for piece := range settlePieces {
		for r, v := range s.parts[piece*len(s.flow) : (piece+1)*len(s.flow)] {
			s.flow[r] += v
		}
	}
	s.held, s.spare = *out, *old
	s.renew()
}

// kept gives the ways of a pair that stay, with what they carry: the one that was found for
// it is the last, unless it was held.
func (s *engine) kept(i int, do func(path []int32, fixed, flow float64)) {
	p := &s.pairs[i]
	var found []int32
	flow := 0.0
	if len(s.fresh) > 0 && s.fresh[i].at >= 0 {
		found, flow = s.found[s.fresh[i].piece].get(s.fresh[i].at)
	}
	for k := p.first; k < p.last; k++ {
		w := s.held.ways[k]
		path := s.held.linksOf(k)
		if found != nil && slices.Equal(path, found) {
			w.flow += flow
			found = nil
		} else if w.flow == 0 {
			continue
		}
		do(path, w.fixed, w.flow)
	}
	if found != nil {
		fixed := 0.0
		if f := s.classes[p.class].fixed; f != nil {
			for _, a := range found {
				fixed += f[a]
			}
		}
		do(found, fixed, flow)
	}
}

// shared counts the links of a path that share something.
func (s *engine) shared(path []int32) int {
	n := 0
	for _, a := range path {
		if s.resource[a] >= 0 {
			n++
		}
	}
	return n
}

// sized gives a list of n entries, the room of the one given where that is enough.
func sized[T any](list []T, n int) []T {
	if cap(list) < n {
		return make([]T, n, n+n/16)
	}
	return list[:n]
}
