// Package pipecsv reads and writes a network of pipes ([pipeflow.Network]) as a folder of CSV
// tables that can be edited in a spreadsheet.
//
// The files, with their columns; those after the bar may be left out, and an empty cell is 0 or
// what 0 stands for in pipeflow:
//
//	fluid.csv            quantity, value | unit
//	compressibility.csv  pressure_bar, z
//	node.csv             node_id | name, height_m, pressure_bar, supply_kg_per_s,
//	                     min_pressure_bar, max_pressure_bar, x, y
//	pipe.csv             pipe_id, from_node_id, to_node_id, length_km, diameter_mm |
//	                     roughness_mm, loss_coefficient, friction_factor, efficiency,
//	                     drag_reduction, parallel, closed, check_valve, max_velocity_m_per_s,
//	                     ground_k, heat_w_per_m2_k
//	valve.csv            valve_id, from_node_id, to_node_id | closed, check_valve
//	resistor.csv         resistor_id, from_node_id, to_node_id | loss_coefficient, diameter_mm,
//	                     drop_bar
//	regulator.csv        regulator_id, from_node_id, to_node_id, kind | set_bar, set_kg_per_s,
//	                     always
//	station.csv          station_id, from_node_id, to_node_id, control | set, set_unit,
//	                     max_power_mw, max_ratio, max_outlet_bar, min_inlet_bar,
//	                     min_flow_kg_per_s, max_flow_kg_per_s, efficiency, units,
//	                     drive_efficiency, shutoff_m, coefficient, exponent, speed
//	pump_curve.csv       station_id, flow_m3_per_s, head_m
//
// fluid.csv, node.csv and pipe.csv are required. Columns may stand in any order; lines whose
// cells are all empty are passed over. Pressures are absolute. pressure_bar of a node is the
// given pressure, empty where none is given.
//
// fluid.csv has a row for each quantity: medium (gas or liquid), name (of the fluid),
// network_name, friction, law_alone, gravity_m_per_s2, and with their units the numbers of
// [pipeflow.Gas] or [pipeflow.Liquid]. A unit that is not the expected one is a fault, as
// nothing is converted. Where there is no row network_name, the name given to [Read] is taken.
//
// compressibility.csv holds the compressibility factor of a gas; without it the gas is ideal. It
// is read as a natural cubic spline through the points, constant beyond both ends.
//
// set of a station is in set_unit: none for the control ratio, bar for outlet, MW for power and
// kg/s for flow. The columns shutoff_m, coefficient and exponent are those of a pump curve as a
// power function; points of pump_curve.csv go before them.
//
// What is written reads back as the same network bit for bit, but for the compressibility of a
// gas that is no table yet (see [Tables]), and NaN for a pressure that is not given, which reads
// as 0.
package pipecsv
