// Package network holds a multimodal transport network and the supernetwork
// that goods move over.
//
// A [Network] is what a study describes: nodes, links of one mode each,
// terminals where goods change mode or gauge or pass a border, and scheduled
// services. [Network.At] gives the network of one year, [Network.Apply] a copy
// with a scenario's changes; neither touches the original, and what did not
// change is shared.
//
// A [Supernetwork] has one layer per mode, joined at terminals (Sheffi 1985,
// Urban Transportation Networks, §9; Jourquin and Beuthe 1996, virtual links).
// Modes whose goods are handled piece by piece, such as the sea, have a layer
// for each cargo form with apart states for "arrived" and "to depart", so that
// two sailings join only where a terminal tranships that form. Every arc has
// at most one [Resource], the thing whose capacity its goods share.
//
// Units: km, h, t, t/yr, USD; coordinates are WGS 84 longitude and latitude in
// degrees.
package network
