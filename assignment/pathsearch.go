package assignment

import (
	"sync"

	"github.com/karvan/karvan/routing"
)

// workspaces are searches to be used again; clones of an engine share them.
type workspaces struct {
	mu   sync.Mutex
	idle []*workspace
}

// workspace is what a search needs: one of both, as the engine has an order or not.
type workspace struct {
	search routing.Search
	tree   routing.Tree
}

func (w *workspaces) get() *workspace {
	w.mu.Lock()
	defer w.mu.Unlock()
	last := len(w.idle) - 1
	if last < 0 {
		return new(workspace)
	}
	s := w.idle[last]
	w.idle = w.idle[:last]
	return s
}

func (w *workspaces) put(s *workspace) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.idle = append(w.idle, s)
}

// fewTasks is the number of nodes for each origin and class above which a tree for each costs
// less than to order the network: bands of many layers, as corridors are, are dear to order.
// Tests set it.
var fewTasks = 50

// newOrder orders a network, if that is worth it for so many origins and classes; else nil.
// Networks with nodes that are no through nodes always have an order.
func newOrder(g *routing.Graph, firstThrough int32, tasks int) *routing.Hierarchy {
	if firstThrough == 0 && tasks*fewTasks < g.NumNodes {
		return nil
	}
	return routing.NewHierarchy(g, firstThrough)
}

// from begins to look for the paths of a task.
func (s *engine) from(w *workspace, t *task) {
	class := &s.classes[t.class]
	if s.order == nil {
		w.tree.Grow(s.graph, t.origin, class.cost)
		return
	}
	w.search.From(class.metric, t.origin)
}

// to gives the least cost to a node.
func (s *engine) to(w *workspace, dest int32) float64 {
	if s.order == nil {
		return w.tree.Cost[dest]
	}
	return w.search.To(dest)
}

// customise renews the costs of paths in the network.
func (s *engine) customise() {
	for c := range s.classes {
		class := &s.classes[c]
		cost := s.cost
		if s.resource != nil || class.fixed != nil || class.factor != nil || s.order == nil {
			class.cost = resize(class.cost, len(s.graph.From))
			cost = class.cost
			for a := range cost {
				if class.fixed != nil {
					cost[a] = class.fixed[a]
				}
				if r := s.resourceOf(int32(a)); r >= 0 {
					cost[a] += s.cost[r] * factorOf(class.factor, r)
				}
			}
		}
		if s.order != nil {
			class.metric = s.order.Customise(cost, class.metric)
		}
	}
}

// path appends the links of a cheapest path without a node twice; nil: there is none.
func (s *engine) path(w *workspace, class, dest int32, buf []int32) []int32 {
	if s.order == nil {
		return w.tree.Path(s.graph, dest, buf)
	}
	n := len(buf)
	links := w.search.Path(dest, buf)
	// Only links without a cost lead round, and then a node comes back within the path: the
	// paths are short, and few of them have such links.
	metric := s.classes[class].metric
	for i := n; i < len(links); i++ {
		if metric.Cost(links[i]) > 0 {
			continue
		}
		node := s.graph.From[links[i]]
		for j := len(links) - 1; j >= i; j-- {
			if s.graph.To[links[j]] == node {
				links = append(links[:i], links[j+1:]...)
				i--
				break
			}
		}
	}
	return links
}
