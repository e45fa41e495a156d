// Package pipeline describes long oil and gas lines (profile, sections, stations, steps of
// expansion) by numbers that each carry a range and a source, and works out what every step
// can carry: its capacity, the range that the assumptions leave, the assumption that carries
// most of it, and how it compares with what is stated.
//
// The hydraulics are those of pipeflow. A stated capacity is never an input: it is only laid
// beside the computed one.
package pipeline
