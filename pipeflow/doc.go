// Package pipeflow computes the steady flow of gas or of a liquid in a network of pipes,
// valves, resistors, pressure regulators, compressor and pump stations, and the largest
// throughput that the bounds of its parts allow.
//
// A [Network] says what there is; [Solve] finds pressures and flows by Newton's method on all
// equations at once, from a start of its own. [Capacity] raises the throughput between given
// points until a bound of pressure, power or velocity holds, with every station working as
// hard as it is allowed to.
//
// Units: bar (absolute), K, kg/s, km, mm for diameters and roughness, m for heights, MW.
// Gauge pressures are converted on reading, with an atmosphere of [AtmosphereBar].
//
// References: E. S. Menon, Gas Pipeline Hydraulics (2005) and Liquid Pipeline Hydraulics
// (2004); T. Koch et al. (eds.), Evaluating Gas Network Capacities (2015); E. Todini and
// S. Pilati, A gradient method for the analysis of pipe networks (1988).
package pipeflow

// AtmosphereBar is the pressure of the air that gauge pressures are above.
const AtmosphereBar = 1.01325

// StandardGravity is the acceleration of free fall, in m/s² (ISO 80000-3).
const StandardGravity = 9.80665
