// Package gaslib reads gas networks of GasLib: a topology (.net), a scenario of flows (.scn) and,
// where there is one, a description of compressor stations (.cs), all XML.
//
// What it makes of them:
//
//	source, sink, innode   nodes, with bounds of pressure
//	pipe                   pipe
//	shortPipe, valve       valve, open
//	resistor               resistor, by dragFactor and diameter or by pressureLoss
//	controlValve           regulator that reduces to its greatest outlet pressure
//	compressorStation      station with its limits, standing in bypass
//
// Losses of pressure inside of compressor stations and control valves hold while they work and
// are not taken over; nor are bounds of flow of pipes, valves and nodes, and the characteristic
// diagrams of compressors. Of these, the drives' power at greatest speed bounds the power of a
// station.
//
// The gas is one, the mean of what the sources supply: molar mass, norm density, pseudocritical
// point, temperature and heat capacity, each weighed by volume flow. Its compressibility is
// Papay's, its viscosity [ViscosityPaS]. Flows by volume are of the norm state (273.15 K,
// 1.01325 bar) and become kg/s by the norm density of their source, those of sinks by that of
// the mean. A node of given pressure makes up what is left over.
//
// Reference: M. Schmidt et al., GasLib - A library of gas network instances, Data 2 (2017) 40,
// doi:10.3390/data2040040; T. Koch et al. (eds.), Evaluating Gas Network Capacities (2015).
package gaslib
