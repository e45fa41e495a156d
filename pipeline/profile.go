package pipeline

import (
	"context"
	"math"

	"github.com/karvan/karvan/pipeflow"
)

// Profile is a line at one throughput: what a chart along it shows.
type Profile struct {
	KgPerS   float64
	Points   []ProfilePoint
	Stations []ProfileStation
	// Broken are the bounds that do not hold: more is asked for than can be carried, or less
	// than a falling line bears.
	Broken []pipeflow.Shortfall
	FuelMW float64
}

// ProfilePoint is a node of the line; a station has two at its km, before and behind it.
type ProfilePoint struct {
	Km            float64
	ID, Name      string
	HeightM       float64
	PressureBar   float64 // absolute
	MinBar        float64 // 0: no bound
	MaxBar        float64
	VelocityMPerS float64 // behind the point; before it at the end and before stations
	KgPerS        float64 // likewise
}

// ProfileStation is a station of the line at work.
type ProfileStation struct {
	ID        string
	Km        float64
	InletBar  float64
	OutletBar float64
	PowerMW   float64
	MaxMW     float64
	State     string
}

// Profile works out the line at a throughput. The state is given even where bounds do not hold;
// an error is for one that could not be found.
func (b *Built) Profile(ctx context.Context, kgPerS float64) (*Profile, error) {
	net, r, err := pipeflow.At(ctx, b.Network, b.Takes, kgPerS)
	if err != nil {
		return nil, err
	}
	return b.profile(net, r, kgPerS), nil
}

// Profile is the line at its capacity.
func (c *Capacity) Profile() *Profile {
	if c.Network == nil {
		return &Profile{}
	}
	return c.Built.profile(c.Network, c.State, c.KgPerS)
}

func (b *Built) profile(net *pipeflow.Network, r *pipeflow.Result, kgPerS float64) *Profile {
	out := &Profile{KgPerS: kgPerS, Broken: pipeflow.Shortfalls(net, r)}
	for i := range net.Nodes {
		n := &net.Nodes[i]
		out.Points = append(out.Points, ProfilePoint{Km: b.Km[i], ID: n.ID, Name: b.PointNames[i], HeightM: n.HeightM, PressureBar: math.Max(0, r.PressureBar[i]), MinBar: n.MinBar, MaxBar: n.MaxBar})
	}
	arrives := make([]float64, len(net.Nodes)) // velocity at the end of what leads to a node
	for i := range net.Pipes {
		p, f := &net.Pipes[i], &r.Pipes[i]
		from := &out.Points[p.From]
		from.VelocityMPerS = math.Max(from.VelocityMPerS, math.Abs(f.InletMPerS))
		from.KgPerS += f.KgPerS
		arrives[p.To] = math.Max(arrives[p.To], math.Abs(f.OutletMPerS))
		if p.To == len(net.Nodes)-1 {
			out.Points[p.To].VelocityMPerS = arrives[p.To]
			out.Points[p.To].KgPerS += f.KgPerS
		}
	}
	through := func(from, to int) {
		out.Points[from].VelocityMPerS, out.Points[from].KgPerS = arrives[from], out.Points[to].KgPerS
		if arrives[from] == 0 { // the line begins here
			out.Points[from].VelocityMPerS = out.Points[to].VelocityMPerS
		}
	}
	for i := range net.Regulators {
		through(net.Regulators[i].From, net.Regulators[i].To)
	}
	for i := range net.Stations {
		t, f := &net.Stations[i], &r.Stations[i]
		out.FuelMW += f.FuelMW
		through(t.From, t.To)
		out.Stations = append(out.Stations, ProfileStation{ID: t.ID, Km: b.Km[t.From], InletBar: math.Max(0, f.InletBar), OutletBar: math.Max(0, f.OutletBar), PowerMW: f.PowerMW, MaxMW: t.MaxPowerMW, State: f.State})
	}
	return out
}
