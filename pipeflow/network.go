package pipeflow

import "math"

// Network is a network of pipes that carries one fluid. Elements join nodes by their index
// in Nodes; flows along an element are positive from From to To.
type Network struct {
	Name       string
	Nodes      []Node
	Pipes      []Pipe
	Valves     []Valve
	Resistors  []Resistor
	Regulators []Regulator
	Stations   []Station

	// Gas or Liquid is the fluid; one of them is set.
	Gas    *Gas
	Liquid *Liquid

	Friction Friction
	// LawAlone uses the law of friction at every Reynolds number, without laminar flow, as some
	// programs do.
	LawAlone      bool
	GravityMPerS2 float64 // 0: StandardGravity
}

// Node is a point of the network. Its pressure is given (FixedBar), or what enters it is.
type Node struct {
	ID      string
	Name    string
	HeightM float64
	// FixedBar is the given pressure, absolute; NaN or 0: not given.
	FixedBar float64
	// SupplyKgPerS is what enters the network here; what is taken out is negative. Where
	// the pressure is given it is an answer, not an input.
	SupplyKgPerS float64
	// MinBar and MaxBar bound the absolute pressure; 0: no bound.
	MinBar, MaxBar float64
	X, Y           float64
}

// Fixed reports whether the pressure of the node is given.
func (n *Node) Fixed() bool { return n.FixedBar > 0 }

// Pipe is a pipe, or several alike side by side.
type Pipe struct {
	ID          string
	From, To    int
	LengthKm    float64
	DiameterMm  float64 // inner
	RoughnessMm float64
	// LossCoefficient adds local losses, as a multiple of the velocity head.
	LossCoefficient float64
	// FrictionFactor is the Darcy factor where it is given; 0: by the network's law.
	FrictionFactor float64
	// Efficiency multiplies the flow at a given drop of pressure; 0: 1.
	Efficiency float64
	// DragReduction is the share of friction that an agent takes off a liquid.
	DragReduction float64
	Parallel      int // alike, side by side; 0: one
	Closed        bool
	CheckValve    bool // flow from From to To only
	// GroundK is the temperature of the ground, HeatWPerM2K the overall coefficient of
	// exchange with it; 0: the fluid keeps the network's temperature.
	GroundK, HeatWPerM2K float64
	// MaxVelocityMPerS bounds the velocity; 0: no bound.
	MaxVelocityMPerS float64
}

func (p *Pipe) lines() float64 { return float64(max(1, p.Parallel)) }

func (p *Pipe) areaM2() float64 {
	d := p.DiameterMm / 1000
	return math.Pi / 4 * d * d
}

// Valve joins two nodes without resistance where it is open.
type Valve struct {
	ID         string
	From, To   int
	Closed     bool
	CheckValve bool // flow from From to To only
}

// Resistor takes off pressure: a fixed drop in the direction of flow, or one that rises with
// the square of velocity.
type Resistor struct {
	ID       string
	From, To int
	// LossCoefficient is a multiple of the velocity head in a pipe of DiameterMm.
	LossCoefficient float64
	DiameterMm      float64
	// DropBar is a fixed drop; used where LossCoefficient is 0.
	DropBar float64
}

// RegulatorKind says what a regulator keeps.
type RegulatorKind string

// What a regulator can keep.
const (
	Reducing   RegulatorKind = "reducing"   // pressure at To not above SetBar
	Sustaining RegulatorKind = "sustaining" // pressure at From not below SetBar
	FlowLimit  RegulatorKind = "flow_limit" // flow not above SetKgPerS
)

// Regulator is a control valve. It is active where it keeps what it is set to, open where
// that holds without it, and shut where flow would turn back.
type Regulator struct {
	ID        string
	From, To  int
	Kind      RegulatorKind
	SetBar    float64 // absolute
	SetKgPerS float64
	// Always says that the pressure is kept whatever the pressure before the regulator, as
	// in networks that leave out how it is made.
	Always bool
}

// Control says how a station is run.
type Control string

// How a station can be run.
const (
	KeepRatio  Control = "ratio"  // outlet over inlet pressure is Set
	KeepOutlet Control = "outlet" // outlet pressure is Set, bar
	KeepPower  Control = "power"  // shaft power is Set, MW
	KeepFlow   Control = "flow"   // flow is Set, kg/s
	// AtLimit raises the pressure until MaxOutletBar, MaxRatio or MaxPowerMW holds. Where the
	// inlet is above MaxOutletBar already, the station throttles down to it.
	AtLimit Control = "limit"
	// OnCurve takes the pressure that the curve of the pump gives.
	OnCurve Control = "curve"
	Bypass  Control = "bypass" // open, without work
	Shut    Control = "shut"
)

// Station is a compressor station of a gas network or a pump station of a liquid one. Flow
// back through it is kept off by its check valve.
type Station struct {
	ID       string
	From, To int
	Control  Control
	Set      float64
	// Always keeps Set whatever the direction of flow, as in networks that leave out how it is
	// made; without it flow back shuts the station.
	Always bool
	// Limits; 0: none. Those of AtLimit are kept, the others are checked by [Check].
	MaxPowerMW   float64
	MaxRatio     float64
	MaxOutletBar float64
	MinInletBar  float64
	MinKgPerS    float64
	MaxKgPerS    float64
	// Efficiency is isentropic for compressors, overall hydraulic for pumps; 0: 0.8.
	Efficiency float64
	// Units share the flow alike: a curve is of one of them, limits are of all. 0: one.
	Units int
	// DriveEfficiency is the efficiency of the drive, for the fuel burnt; 0: 0.35.
	DriveEfficiency float64
	// Curve is the head over volume flow of a pump.
	Curve *PumpCurve
}

func (s *Station) efficiency() float64 {
	if s.Efficiency > 0 {
		return s.Efficiency
	}
	return 0.8
}

func (s *Station) driveEfficiency() float64 {
	if s.DriveEfficiency > 0 {
		return s.DriveEfficiency
	}
	return 0.35
}

// gravity is that of the network, in m/s².
func (n *Network) gravity() float64 {
	if n.GravityMPerS2 > 0 {
		return n.GravityMPerS2
	}
	return StandardGravity
}
