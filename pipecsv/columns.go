package pipecsv

import (
	"math"

	"github.com/karvan/karvan/pipeflow"
)

// Numbers whose bounds pipeflow.Check knows are read without bounds here, as its words are the
// better ones; where 0 stands for none, less than 0 is a fault of its own.

func nodeFields() []field[pipeflow.Node] {
	type t = pipeflow.Node
	return []field[t]{
		key("node_id", func(n *t) *string { return &n.ID }),
		text("name", func(n *t) *string { return &n.Name }),
		number("height_m", unbounded, func(n *t) *float64 { return &n.HeightM }),
		{name: "pressure_bar",
			get: func(n *t) string {
				if n.FixedBar == 0 || math.IsNaN(n.FixedBar) {
					return ""
				}
				return format(n.FixedBar)
			},
			set: func(n *t, text string) string {
				v, want := parse(text, unbounded)
				if want != "" || v <= 0 {
					return "an absolute pressure above 0 was expected, or nothing where none is given"
				}
				n.FixedBar = v
				return ""
			}},
		number("supply_kg_per_s", unbounded, func(n *t) *float64 { return &n.SupplyKgPerS }),
		number("min_pressure_bar", 0, func(n *t) *float64 { return &n.MinBar }),
		number("max_pressure_bar", 0, func(n *t) *float64 { return &n.MaxBar }),
		number("x", unbounded, func(n *t) *float64 { return &n.X }),
		number("y", unbounded, func(n *t) *float64 { return &n.Y }),
	}
}

func pipeFields(nodes *nodeIndex) []field[pipeflow.Pipe] {
	type t = pipeflow.Pipe
	return []field[t]{
		key("pipe_id", func(p *t) *string { return &p.ID }),
		end("from_node_id", nodes, func(p *t) *int { return &p.From }),
		end("to_node_id", nodes, func(p *t) *int { return &p.To }),
		needed("length_km", unbounded, func(p *t) *float64 { return &p.LengthKm }),
		needed("diameter_mm", unbounded, func(p *t) *float64 { return &p.DiameterMm }),
		number("roughness_mm", unbounded, func(p *t) *float64 { return &p.RoughnessMm }),
		number("loss_coefficient", unbounded, func(p *t) *float64 { return &p.LossCoefficient }),
		number("friction_factor", unbounded, func(p *t) *float64 { return &p.FrictionFactor }),
		number("efficiency", unbounded, func(p *t) *float64 { return &p.Efficiency }),
		number("drag_reduction", unbounded, func(p *t) *float64 { return &p.DragReduction }),
		count("parallel", func(p *t) *int { return &p.Parallel }),
		flag("closed", func(p *t) *bool { return &p.Closed }),
		flag("check_valve", func(p *t) *bool { return &p.CheckValve }),
		number("max_velocity_m_per_s", 0, func(p *t) *float64 { return &p.MaxVelocityMPerS }),
		number("ground_k", 0, func(p *t) *float64 { return &p.GroundK }),
		number("heat_w_per_m2_k", 0, func(p *t) *float64 { return &p.HeatWPerM2K }),
	}
}

func valveFields(nodes *nodeIndex) []field[pipeflow.Valve] {
	type t = pipeflow.Valve
	return []field[t]{
		key("valve_id", func(v *t) *string { return &v.ID }),
		end("from_node_id", nodes, func(v *t) *int { return &v.From }),
		end("to_node_id", nodes, func(v *t) *int { return &v.To }),
		flag("closed", func(v *t) *bool { return &v.Closed }),
		flag("check_valve", func(v *t) *bool { return &v.CheckValve }),
	}
}

func resistorFields(nodes *nodeIndex) []field[pipeflow.Resistor] {
	type t = pipeflow.Resistor
	return []field[t]{
		key("resistor_id", func(r *t) *string { return &r.ID }),
		end("from_node_id", nodes, func(r *t) *int { return &r.From }),
		end("to_node_id", nodes, func(r *t) *int { return &r.To }),
		number("loss_coefficient", unbounded, func(r *t) *float64 { return &r.LossCoefficient }),
		number("diameter_mm", 0, func(r *t) *float64 { return &r.DiameterMm }),
		number("drop_bar", unbounded, func(r *t) *float64 { return &r.DropBar }),
	}
}

func regulatorFields(nodes *nodeIndex) []field[pipeflow.Regulator] {
	type t = pipeflow.Regulator
	bar := number("set_bar", 0, func(r *t) *float64 { return &r.SetBar })
	flow := number("set_kg_per_s", unbounded, func(r *t) *float64 { return &r.SetKgPerS })
	flow.get = func(r *t) string {
		if r.Kind == pipeflow.FlowLimit {
			return format(r.SetKgPerS) // no flow at all is a setting
		}
		return formatOrNone(r.SetKgPerS)
	}
	return []field[t]{
		key("regulator_id", func(r *t) *string { return &r.ID }),
		end("from_node_id", nodes, func(r *t) *int { return &r.From }),
		end("to_node_id", nodes, func(r *t) *int { return &r.To }),
		word("kind", func(r *t) *pipeflow.RegulatorKind { return &r.Kind }),
		bar, flow,
		flag("always", func(r *t) *bool { return &r.Always }),
	}
}

// checkRegulator tells that what the regulator keeps is missing.
func checkRegulator(x *pipeflow.Regulator, r *row) {
	name := "set_bar"
	switch x.Kind {
	case pipeflow.FlowLimit:
		name = "set_kg_per_s"
	case pipeflow.Reducing, pipeflow.Sustaining:
	default:
		return
	}
	r.require(name, "where kind is "+string(x.Kind))
}
