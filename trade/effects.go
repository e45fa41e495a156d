package trade

// dropped tells which rows a model cannot use, and why.
type dropped struct{ separated, singletons int }

// pruneEffects takes rows out until none is left that stands alone in a group of
// an effect (a singleton: the effect fits it exactly), or whose group has no
// outcome above zero (separated: its effect goes to minus infinity; Correia,
// Guimarães and Zylkin 2019, arXiv:1903.01633, section 3). keep holds the rows that
// stay, and is changed.
//
// Singletons go first, as in pyfixest and ppmlhdfe: a lone row of zero is one.
func pruneEffects(y []float64, effects []effect, keep []bool) dropped {
	var d dropped
	for {
		again := false
		for singles := true; singles; {
			singles = false
			for _, e := range effects {
				count := make([]int32, e.count)
				for i, g := range e.groups {
					if keep[i] {
						count[g]++
					}
				}
				for i, g := range e.groups {
					if keep[i] && count[g] == 1 {
						keep[i] = false
						d.singletons++
						singles, again = true, true
					}
				}
			}
		}
		for _, e := range effects {
			some := make([]bool, e.count)
			for i, g := range e.groups {
				if keep[i] && y[i] > 0 {
					some[g] = true
				}
			}
			for i, g := range e.groups {
				if keep[i] && !some[g] {
					keep[i] = false
					d.separated++
					again = true
				}
			}
		}
		if !again {
			return d
		}
	}
}

// compact keeps rows of an effect and numbers the groups that are left anew.
func (e *effect) compact(keep []bool, rows int) effect {
	out := effect{name: e.name, groups: make([]int32, 0, rows)}
	renumber := make([]int32, e.count)
	for i, g := range e.groups {
		if !keep[i] {
			continue
		}
		if renumber[g] == 0 {
			out.count++
			renumber[g] = int32(out.count)
		}
		out.groups = append(out.groups, renumber[g]-1)
	}
	return out
}

func compactFloats(x []float64, keep []bool, rows int) []float64 {
	out := make([]float64, 0, rows)
	for i, v := range x {
		if keep[i] {
			out = append(out, v)
		}
	}
	return out
}
