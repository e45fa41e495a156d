// Package pandapipes reads networks of gas or of a liquid as cases of pandapipes are written
// down in JSON: an object `spec` with junctions, pipes, external grids, sinks, sources,
// compressors and pressure controls, and beside it a file of fluids.
//
// Pressures in the file are gauge, above the air at the height of the node ([AirBar], which is
// [pipeflow.AtmosphereBar] at height 0); those of the network are absolute. The law of friction
// is not in the file and is for the caller to set: pandapipes calls them nikuradse, colebrook and
// swamee-jain, which are the names here too.
//
// At Reynolds numbers below 4000 pandapipes goes on with the turbulent laws; so does the network
// (LawAlone).
//
// Heights are taken over for liquids only: nodes of a gas network stand at height 0 here,
// whatever the file says, as for the weight of gas pandapipes has a rule of its own.
//
// Reference: D. Lohmeier et al., pandapipes: an open-source piping grid calculation package for
// multi-energy grid simulations, Sustainability 12 (2020) 9899, doi:10.3390/su12239899.
package pandapipes
