package sparse

import (
	"fmt"
	"slices"

	"github.com/karvan/karvan/internal/ordering"
)

// Pattern is where the entries of a square matrix of order N may stand, by columns.
type Pattern struct {
	N        int
	ColStart []int32 // [N+1], first entry of each column
	Row      []int32 // [nonzeros], rising within a column
	order    []int32 // columns in the order of elimination
}

// NewPattern makes the pattern of a matrix of order n from the places of its entries, which
// may repeat, and gives for each place the index of its entry: values that share a place are
// added by adding to the same index. It panics where a place lies outside the matrix.
func NewPattern(n int, row, col []int32) (p *Pattern, slot []int32) {
	if len(row) != len(col) {
		panic("sparse: rows and columns differ in number")
	}
	count := make([]int32, n+1)
	for k, c := range col {
		if c < 0 || int(c) >= n || row[k] < 0 || int(row[k]) >= n {
			panic(fmt.Sprintf("sparse: entry (%d, %d) of a matrix of order %d", row[k], c, n))
		}
		count[c+1]++
	}
	for c := range n {
		count[c+1] += count[c]
	}
	byCol := make([]int32, len(row)) // places by column
	fill := slices.Clone(count[:n])
	for k, c := range col {
		byCol[fill[c]] = int32(k)
		fill[c]++
	}
	p = &Pattern{N: n, ColStart: make([]int32, n+1)}
	slot = make([]int32, len(row))
	for c := range n {
		places := byCol[count[c]:count[c+1]]
		slices.SortFunc(places, func(a, b int32) int { return int(row[a]) - int(row[b]) })
		for i, k := range places {
			if i == 0 || row[k] != row[places[i-1]] {
				p.Row = append(p.Row, row[k])
			}
			slot[k] = int32(len(p.Row) - 1)
		}
		p.ColStart[c+1] = int32(len(p.Row))
	}
	p.order, _ = ordering.MinimumDegree(ordering.Adjacency(n, row, col))
	return p, slot
}
