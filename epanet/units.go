package epanet

import (
	"strings"

	"github.com/karvan/karvan/pipeflow"
)

// EPANET's own constants, in units of the foot.
const (
	footM         = 0.3048
	cubicFootM3   = footM * footM * footM
	gravityMPerS2 = 32.2 * footM
	// waterM2PerS is the kinematic viscosity that VISCOSITY is relative to.
	waterM2PerS = 1.1e-5 * footM * footM
	// waterKgPerM3 is the density that SPECIFIC GRAVITY is relative to.
	waterKgPerM3 = 1000
	// feetPerPsi is the head of water of a psi.
	feetPerPsi = 1 / 0.4333
	psiPerKPa  = 1 / 6.895
	hpPerKW    = 1 / 0.7457
	// powerFeet is the head in ft that 1 hp gives 1 ft³/s: 550 ft lbf/s over 62.4 lbf/ft³,
	// whatever the specific gravity.
	powerFeet = 8.814
	// shutoff is the head at no flow over that of the only point of a pump curve: 4/3, as
	// EPANET rounds it.
	shutoff = 1.33334
)

const (
	litreM3    = 1e-3
	gallonM3   = 231 * 0.0254 * 0.0254 * 0.0254 // US
	imperialM3 = 4.54609e-3                     // imperial gallon
	acreFootM3 = 43560 * cubicFootM3
	minuteS    = 60
	hourS      = 3600
	dayS       = 86400
)

// flowUnit is a unit of flow; it also says whether lengths are metric.
type flowUnit struct {
	m3PerS float64
	metric bool
}

var flowUnits = map[string]flowUnit{
	"LPS": {litreM3, true}, "LPM": {litreM3 / minuteS, true}, "MLD": {1e6 * litreM3 / dayS, true},
	"CMH": {1.0 / hourS, true}, "CMD": {1.0 / dayS, true}, "CMS": {1, true},
	"CFS": {cubicFootM3, false}, "GPM": {gallonM3 / minuteS, false}, "MGD": {1e6 * gallonM3 / dayS, false},
	"IMGD": {1e6 * imperialM3 / dayS, false}, "AFD": {acreFootM3 / dayS, false},
}

const flowUnitNames = "CFS, GPM, MGD, IMGD, AFD, LPS, LPM, MLD, CMH, CMD, CMS"

// units turns what stands in a file into SI.
type units struct {
	flow       float64 // m³/s
	length     float64 // m, of lengths, elevations and heads
	diameterMm float64
	roughMm    float64 // D-W: mm, or thousandths of a foot
	headM      float64 // m of the liquid, per unit of pressure
	powerHp    float64
	metric     bool
}

// newUnits takes flow and pressure units by name.
func newUnits(flow flowUnit, pressure string, specificGravity float64) units {
	if flow.metric {
		u := units{flow: flow.m3PerS, length: 1, diameterMm: 1, roughMm: 1, headM: 1 / specificGravity, powerHp: hpPerKW, metric: true}
		if strings.HasPrefix(pressure, "KPA") {
			u.headM = psiPerKPa * feetPerPsi * footM / specificGravity
		}
		return u
	}
	return units{flow: flow.m3PerS, length: footM, diameterMm: 25.4, roughMm: footM, headM: feetPerPsi * footM / specificGravity, powerHp: 1}
}

// bar is the absolute pressure under a head of liquid in m.
func bar(headM, densityKgPerM3 float64) float64 {
	return headM*densityKgPerM3*gravityMPerS2/1e5 + pipeflow.AtmosphereBar
}
