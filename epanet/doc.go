// Package epanet reads networks of a liquid from input files of EPANET 2.2 (.inp): what flows at
// their first instant, with the head loss of Darcy and Weisbach.
//
// Of the sections [TITLE], [JUNCTIONS], [RESERVOIRS], [TANKS], [PIPES], [PUMPS], [VALVES],
// [DEMANDS], [STATUS], [PATTERNS], [CURVES], [CONTROLS], [EMITTERS], [OPTIONS], [TIMES] and
// [COORDINATES] it takes what bears on that instant. Tanks stand at their initial level,
// patterns at PATTERN START, and simple controls that hold at time 0 are carried out, in their
// order. Rules and controls by the pressure of a junction are left out, with a warning. Water
// quality, energy, reports and drawings are passed over.
//
// What cannot be solved as EPANET does is a fault: head loss by Hazen and Williams or Chezy and
// Manning, emitters, demands driven by pressure, and valves of the types GPV and PCV.
//
// Heads of EPANET are those above a datum; pressures of the network are absolute, with
// [pipeflow.AtmosphereBar] at a free surface. A network of water may thus have pressures below
// zero, where EPANET gives heads below vacuum: [pipeflow.Solver.Solve] then returns its state
// with a [pipeflow.InfeasibleError].
//
// Two constants are EPANET's own, so that heads agree: gravity, 32.2 ft/s², and the viscosity
// of water, 1.1e-5 ft²/s. Units of flow are converted exactly; EPANET's own factors differ in the
// fifth or sixth digit, in AFD in the fourth.
//
// Reference: L. A. Rossman et al., EPANET 2.2 User Manual, EPA/600/R-20/133 (2020), appendices
// C and D.
package epanet
