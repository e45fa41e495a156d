// Package assignment finds the traffic equilibrium of several classes of goods
// that share the capacity of a network.
//
// A [Problem] is a graph, resources with a volume-delay function each, classes
// with a fixed generalised time on every arc, and demands. All costs are
// generalised hours: time + money / value of time. The delay of a resource is
// the same for every class that uses it and depends on its total flow, so the
// Jacobian is symmetric and Beckmann's objective exists for all classes
// together (Dafermos 1972, doi:10.1287/trsc.6.1.73).
//
// Two behaviours:
//
//   - [SolveLogit]: stochastic user equilibrium over generated routes; a nested logit over
//     mode chains with a path-size term inside each nest;
//   - [SolveDeterministic]: Wardrop's user equilibrium by path-based gradient projection,
//     the limit of the first as dispersion grows.
//
// A [Road] is a network whose links cost by their own flow, as the public benchmark
// networks do. [NewSolver] gives a [Solver] of it by one of several methods, which keeps
// where it stands:
//
//	s, err := assignment.NewSolver(road, trips, assignment.Auto)
//	res, err := s.Solve(ctx, assignment.RoadOptions{RelativeGap: 1e-6})
//	change := assignment.SameLink(17)
//	change.Capacity = 1200
//	err = s.Update([]assignment.LinkChange{change}, nil)
//	res, err = s.Solve(ctx, assignment.RoadOptions{RelativeGap: 1e-6})
//
// [PathSolver] also tells which paths are used, and makes their flows unique. Beside it stand
// [NewElasticSolver] (trips that answer cost), [SolveDestinations], [SolveClasses] (with turns),
// [SolveCapacitated] (queues), [SolveMarkov] (choice at nodes), [Closures] and [Design].
//
// Results do not depend on the number of workers: work is cut into the same
// pieces, and sums run in the order of the pieces.
package assignment
