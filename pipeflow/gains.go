package pipeflow

import (
	"context"
	"errors"
	"math"
	"sort"
)

// Gain is what one unit more of a limit adds to the throughput.
type Gain struct {
	Limit  string  `json:"limit"` // such as "station CS5: greatest power"
	Per    string  `json:"per"`   // "bar more", "bar less", "MW more", "km looped"
	KgPerS float64 `json:"kg_per_s"`
	// Share is the gain of one percent more of the limit, as a share of the throughput: it
	// ranks limits of different units. Of pipes, of looping a hundredth of the length.
	Share float64 `json:"share"`
}

// gains raises each limit a little and sees what the throughput gains.
func (t *Throughput) gains(ctx context.Context, net *Network, takes []Take, opt CapacityOptions) error {
	opt.Gains = false
	opt.StartKgPerS = t.KgPerS
	opt.Tolerance = math.Min(opt.Tolerance, 1e-8)
	try := func(limit, per string, value, step float64, change func(n *Network, by float64)) error {
		changed := net.clone()
		change(changed, step)
		more, err := largest(ctx, changed, takes, opt)
		if err != nil {
			var none *NoThroughputError
			var faults FaultsError
			if errors.As(err, &none) || errors.As(err, &faults) {
				return nil // the limit cannot be moved that way
			}
			return err
		}
		t.Solves += more.Solves
		gain := (more.KgPerS - t.KgPerS) / math.Abs(step)
		if gain > 10*opt.Tolerance*t.KgPerS/math.Abs(step) {
			t.Gains = append(t.Gains, Gain{Limit: limit, Per: per, KgPerS: gain, Share: gain * 0.01 * value / t.KgPerS})
		}
		return nil
	}
	var err error
	keep := func(e error) {
		if err == nil {
			err = e
		}
	}
	for i := range net.Stations {
		s := &net.Stations[i]
		if s.Control != AtLimit {
			continue
		}
		if s.MaxPowerMW > 0 {
			keep(try("station "+s.ID+": greatest power", "MW more", s.MaxPowerMW, 0.01*s.MaxPowerMW, func(n *Network, by float64) { n.Stations[i].MaxPowerMW += by }))
		}
		if s.MaxOutletBar > 0 {
			keep(try("station "+s.ID+": greatest outlet pressure", "bar more", s.MaxOutletBar, 0.01*s.MaxOutletBar, func(n *Network, by float64) { n.Stations[i].MaxOutletBar += by }))
		}
	}
	for i := range net.Nodes {
		n := &net.Nodes[i]
		if n.Fixed() {
			keep(try("node "+n.ID+": given pressure", "bar more", n.FixedBar, 0.01*n.FixedBar, func(m *Network, by float64) {
				m.Nodes[i].FixedBar += by
				if m.Nodes[i].MaxBar > 0 {
					m.Nodes[i].MaxBar = math.Max(m.Nodes[i].MaxBar, m.Nodes[i].FixedBar)
				}
			}))
			continue
		}
		if n.MinBar > 0 {
			keep(try("node "+n.ID+": least pressure", "bar less", n.MinBar, 0.01*n.MinBar, func(m *Network, by float64) { m.Nodes[i].MinBar -= by }))
		}
	}
	for i := range net.Pipes {
		p := &net.Pipes[i]
		step := math.Min(1, p.LengthKm/2)
		keep(try("pipe "+p.ID+": loop", "km looped", p.LengthKm, step, func(n *Network, by float64) { loopPart(n, i, by) }))
	}
	sort.SliceStable(t.Gains, func(a, b int) bool { return t.Gains[a].Share > t.Gains[b].Share })
	return err
}

// loopPart lays one line more beside the first km of a pipe.
func loopPart(n *Network, i int, km float64) {
	p := &n.Pipes[i]
	from, to := n.Nodes[p.From], n.Nodes[p.To]
	share := km / p.LengthKm
	middle := Node{ID: p.ID + " end of loop", HeightM: from.HeightM + share*(to.HeightM-from.HeightM)}
	looped := *p
	looped.ID += " looped"
	looped.LengthKm, looped.To, looped.Parallel = km, len(n.Nodes), max(1, p.Parallel)+1
	p.LengthKm -= km
	p.From = len(n.Nodes)
	n.Nodes = append(n.Nodes, middle)
	n.Pipes = append(n.Pipes, looped)
}
