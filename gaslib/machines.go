package gaslib

import (
	"fmt"
	"math"
)

// machines takes the number of units and the power of drives from the description of stations.
func (r *reader) machines(top *element) {
	f := r.stations
	index := map[string]int{}
	for i := range r.out.Stations {
		index[r.out.Stations[i].ID] = i
	}
	seen := map[string]bool{}
	for _, e := range top.parts {
		id := e.attr("id")
		i, ok := index[id]
		switch {
		case e.name != "compressorStation":
			f.fault(e.line, e.name, id, "compressorStation was expected")
			continue
		case !ok:
			f.fault(e.line, "compressorStation", id, "the id of a compressor station of the network was expected")
			continue
		case seen[id]:
			f.fault(e.line, "compressorStation", id, "each station was expected once")
			continue
		}
		seen[id] = true
		t := &r.out.Stations[i]
		t.Units, t.MaxPowerMW = r.station(e)
	}
}

// station gives the most compressors that a configuration runs, and the most power that the
// drives of one give.
func (r *reader) station(e *element) (units int, powerMW float64) {
	f := r.stations
	drives, power := map[string]*element{}, map[string]float64{}
	if d := e.first("drives"); d != nil {
		for _, p := range d.parts {
			drives[p.attr("id")] = p
		}
	}
	if c := e.first("compressors"); c != nil {
		for _, p := range c.parts {
			id := p.attr("id")
			if _, twice := power[id]; id == "" || twice {
				f.fault(p.line, p.name, id, "an id that stands once in its station was expected")
				continue
			}
			power[id] = 0
			drive := drives[p.attr("drive")]
			if drive == nil {
				f.fault(p.line, p.name+" "+id+": drive", p.attr("drive"), "the id of a drive of the station was expected")
				continue
			}
			most, ok := f.optional(p, "speedMax", speed)
			if !ok {
				continue
			}
			power[id] = r.drivePower(drive, most)
		}
	}
	configurations := e.first("configurations")
	if configurations == nil {
		return 0, 0
	}
	known := true
	for _, configuration := range configurations.parts {
		count, sum := 0, 0.0
		for _, stage := range configuration.parts {
			for _, c := range stage.parts {
				if c.name != "compressor" {
					continue
				}
				p, ok := power[c.attr("id")]
				if !ok {
					f.fault(c.line, "compressor", c.attr("id"), "the id of a compressor of the station was expected")
				}
				known = known && p > 0
				count++
				sum += p
			}
		}
		units, powerMW = max(units, count), math.Max(powerMW, sum)
	}
	if !known {
		r.warn(f, e.line, "the power of station %s is not bounded: a drive without a power of its own", e.attr("id"))
		return units, 0
	}
	return units, powerMW
}

// drivePower is the greatest power of a drive in MW at a speed in 1/min: a polynomial of second
// degree in the speed, and of turbines in the temperature of the air in °C too, in kW. 0:
// not known.
func (r *reader) drivePower(e *element, speed float64) float64 {
	var c []float64
	for i := 1; ; i++ {
		p := e.first(fmt.Sprintf("power_fun_coeff_%d", i))
		if p == nil {
			break
		}
		v, _ := r.stations.convert(p, noQuantity)
		c = append(c, v)
	}
	air := r.opt.AmbientK - 273.15
	kW := 0.0
	switch len(c) {
	case 9:
		for i := range 3 {
			kW += math.Pow(air, float64(i)) * (c[3*i] + speed*(c[3*i+1]+speed*c[3*i+2]))
		}
	case 3:
		kW = c[0] + speed*(c[1]+speed*c[2])
	}
	if !(kW > 0) || math.IsInf(kW, 0) {
		return 0
	}
	return kW / 1000
}
