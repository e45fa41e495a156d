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
// Two behaviours, over the same generated routes:
//
//   - [SolveLogit]: stochastic user equilibrium; a nested logit over mode
//     chains with a path-size term inside each nest;
//   - [SolveDeterministic]: Wardrop's user equilibrium by path-based gradient
//     projection, the limit of the first as dispersion grows.
//
// Results do not depend on the number of workers: work is cut into the same
// pieces, and sums run in the order of the pieces.
package assignment
