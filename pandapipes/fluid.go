package pandapipes

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"

	"github.com/karvan/karvan/pipeflow"
)

// The normal state of gases (DIN 1343).
const (
	normalK  = 273.15
	normalPa = 101325
)

// pair is a value of a table at a temperature or pressure.
type pair struct{ at, value float64 }

// fluid gives the network its gas or liquid; a fluid is a gas where it has a table of
// compressibility. line is where the case asks for it.
func (c *reader) fluid(fluids *value, name string, temperatureK float64, line int) {
	f := c.fluids
	v := fluids.get(name)
	if v == nil {
		c.file.fault(line, "spec.fluid", name, "one of the fluids of %s was expected: %s", f.name, strings.Join(fluids.keys, ", "))
		return
	}
	if v.kind != object {
		f.fault(v.line, name, v.text, "an object was expected, not %s", v.kind)
		return
	}
	where := name + "."
	before := len(*f.faults)
	density := c.table(v, where, "density_at_", "_normal_kg_m3")
	viscosity := c.at(c.table(v, where, "viscosity_", "_Pa_s"), temperatureK, v.line, where+"viscosity", "_Pa_s")
	compressibility := v.get("compressibility_K_of_p_abs_bar")
	if compressibility == nil {
		rho := c.at(density, temperatureK, v.line, where+"density_at", "")
		c.net.Liquid = &pipeflow.Liquid{Name: name, DensityKgPerM3: rho, ViscosityPaS: viscosity, TemperatureK: temperatureK}
		return
	}
	normal := 0.0
	for _, d := range density {
		if d.at == normalK {
			normal = d.value
		}
	}
	if normal == 0 {
		f.fault(v.line, where+"density_at_273.15K_normal_kg_m3", "", "the density at 273.15 K is required of a gas")
	}
	z := c.compressibility(compressibility, where+"compressibility_K_of_p_abs_bar")
	constant := normalPa / (normal * normalK)
	if len(*f.faults) > before || math.IsInf(constant, 0) {
		return
	}
	c.net.Gas = &pipeflow.Gas{Name: name, ConstantJPerKgK: constant, TemperatureK: temperatureK, ViscosityPaS: viscosity, Z: z}
}

// table collects the values of keys such as viscosity_288.15_Pa_s by the temperature in them.
func (c *reader) table(v *value, where, prefix, suffix string) []pair {
	var out []pair
	for i, key := range v.keys {
		rest, ok := strings.CutPrefix(key, prefix)
		if !ok {
			continue
		}
		temperature, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSuffix(rest, suffix), "K"), 64)
		if err != nil || !(temperature > 0) || math.IsInf(temperature, 0) {
			c.fluids.fault(v.parts[i].line, where+key, "", "a temperature in K was expected in the key, as in %s288.15%s", prefix, suffix)
			continue
		}
		x, ok := c.fluids.float(v.parts[i], where+key)
		if ok && !(x > 0) {
			c.fluids.fault(v.parts[i].line, where+key, v.parts[i].text, "a number above 0 was expected")
			ok = false
		}
		if ok {
			out = append(out, pair{temperature, x})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].at < out[j].at })
	return out
}

// at takes a value at the case's temperature, on the straight line between its neighbours where
// it is not in the table; 0 after a fault.
func (c *reader) at(table []pair, temperatureK float64, line int, field, suffix string) float64 {
	for i, p := range table {
		if p.at == temperatureK {
			return p.value
		}
		if i > 0 && table[i-1].at < temperatureK && temperatureK < p.at {
			a := table[i-1]
			return a.value + (p.value-a.value)*(temperatureK-a.at)/(p.at-a.at)
		}
	}
	c.fluids.fault(line, fmt.Sprintf("%s_%g%s", field, temperatureK, suffix), "", "a value at the temperature of the case, %g K, or on both sides of it was expected", temperatureK)
	return 0
}

// straightWithin is how far points of the compressibility may lie off a straight line.
const straightWithin = 1e-9

// leastZ keeps the compressibility above zero: the straight lines of pandapipes cross it at
// some hundred bar, where no gas is like them and no equation can be solved.
const leastZ = 0.01

// compressibility is Z over absolute pressure: one straight line where the table is one, as in
// pandapipes itself, else straight lines between points, the outer ones going on.
func (c *reader) compressibility(v *value, field string) pipeflow.RealGas {
	f := c.fluids
	if v.kind != object {
		f.fault(v.line, field, v.text, "an object of compressibilities by absolute pressure in bar was expected, not %s", v.kind)
		return nil
	}
	var points []pair
	for i, key := range v.keys {
		p, err := strconv.ParseFloat(key, 64)
		if err != nil || !(p >= 0) || math.IsInf(p, 0) {
			f.fault(v.parts[i].line, field, key, "an absolute pressure in bar was expected as key")
			continue
		}
		z, ok := f.float(v.parts[i], field+"."+key)
		if ok && !(z > leastZ && z < 10) {
			f.fault(v.parts[i].line, field+"."+key, v.parts[i].text, "a compressibility factor between %g and 10 was expected", leastZ)
			ok = false
		}
		if ok {
			points = append(points, pair{p, z})
		}
	}
	sort.Slice(points, func(i, j int) bool { return points[i].at < points[j].at })
	for i := 1; i < len(points); i++ {
		if points[i].at == points[i-1].at {
			f.fault(v.line, field, fmt.Sprint(points[i].at), "each pressure was expected once")
			return nil
		}
	}
	if len(points) < 2 {
		f.fault(v.line, field, "", "at least two pressures were expected")
		return nil
	}
	return newLines(points)
}

// newLines makes a compressibility of points, rising in pressure, two or more.
func newLines(points []pair) pipeflow.RealGas {
	first, last := points[0], points[len(points)-1]
	slope := (last.value - first.value) / (last.at - first.at)
	straight := true
	for _, p := range points {
		straight = straight && math.Abs(first.value+slope*(p.at-first.at)-p.value) <= straightWithin
	}
	if straight {
		points = []pair{first, last}
	}
	return pipeflow.ZFunc(func(bar float64) (z, perBar float64) {
		i := 1
		for i < len(points)-1 && bar > points[i].at {
			i++
		}
		a, b := points[i-1], points[i]
		perBar = (b.value - a.value) / (b.at - a.at)
		if z = a.value + perBar*(bar-a.at); z < leastZ {
			return leastZ, 0
		}
		return z, perBar
	})
}
