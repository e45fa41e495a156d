package epanet

import (
	"math"
	"slices"
	"strings"
)

// options are [OPTIONS] and [TIMES], as far as they bear on the first instant.
type options struct {
	units            units
	densityKgPerM3   float64
	viscosityM2PerS  float64
	demandMultiplier float64
	pattern          string // of demands without their own
	patternStartS    float64
	patternStepS     float64
	startClockS      float64
}

// passedOver are options that say how EPANET solves, reports or follows quality.
var passedOver = []string{"QUALITY", "DIFFUSIVITY", "TOLERANCE", "TRIALS", "ACCURACY", "UNBALANCED", "CHECKFREQ", "MAXCHECK",
	"DAMPLIMIT", "HEADERROR", "FLOWCHANGE", "EMITTER", "MAP", "HYDRAULICS", "VERIFY", "SEGMENTS", "MINIMUM", "REQUIRED", "PRESSURE EXPONENT"}

// The least of what can be meant: of specific gravity, and of viscosity, which may stand for
// itself in m²/s.
const (
	leastRatio     = 1e-3
	leastViscosity = 1e-9
)

func (c *reader) options() {
	o := &c.opt
	o.demandMultiplier, o.pattern, o.patternStepS = 1, "1", hourS
	flow, pressure, headloss, gravity, viscosity := "GPM", "", "H-W", 1.0, 1.0
	lossLine := 0
	for _, r := range c.sections["OPTI"] {
		w := make([]string, len(r.words))
		for i := range w {
			w[i] = strings.ToUpper(r.words[i])
		}
		line := strings.Join(w, " ")
		value := func(words int) string { // what follows a name of one or two words
			if len(w) <= words {
				c.fault(r.line, strings.Join(w, " "), "", "a value was expected")
				return ""
			}
			return r.words[words]
		}
		number := func(words int, into *float64, least float64) {
			text := value(words)
			if text == "" {
				return
			}
			v, ok := parseNumber(text)
			if !ok || v < least {
				c.fault(r.line, strings.Join(w[:words], " "), text, "a number of at least %g was expected", least)
				return
			}
			*into = v
		}
		switch {
		case w[0] == "UNITS":
			flow = strings.ToUpper(value(1))
			if _, ok := flowUnits[flow]; !ok {
				c.fault(r.line, "UNITS", value(1), "one of %s was expected", flowUnitNames)
				flow = "LPS"
			}
		case strings.HasPrefix(line, "PRESSURE EXPONENT"):
		case w[0] == "PRESSURE":
			pressure = strings.ToUpper(value(1))
			if !slices.Contains([]string{"PSI", "KPA", "METERS", ""}, pressure) {
				c.fault(r.line, "PRESSURE", pressure, "one of PSI, KPA, METERS was expected")
			}
		case w[0] == "HEADLOSS":
			headloss, lossLine = strings.ToUpper(value(1)), r.line
		case strings.HasPrefix(line, "SPECIFIC GRAVITY"):
			number(2, &gravity, leastRatio)
		case w[0] == "VISCOSITY":
			number(1, &viscosity, leastViscosity)
		case strings.HasPrefix(line, "DEMAND MULTIPLIER"):
			number(2, &o.demandMultiplier, 0)
		case strings.HasPrefix(line, "DEMAND MODEL"):
			if model := strings.ToUpper(value(2)); model != "DDA" && model != "" {
				c.fault(r.line, "DEMAND MODEL", model, "DDA was expected: demands driven by pressure are not solved here")
			}
		case w[0] == "PATTERN":
			o.pattern = value(1)
		case slices.ContainsFunc(passedOver, func(name string) bool { return strings.HasPrefix(line, name) }):
		default:
			c.fault(r.line, r.words[0], "", "an option of EPANET 2.2 was expected, such as UNITS")
		}
	}
	if !strings.HasPrefix(headloss, "D") {
		c.fault(lossLine, "HEADLOSS", headloss, "D-W was expected: only the head loss of Darcy and Weisbach is solved here; EPANET can change the file, with roughness in mm (0.001 ft) instead of coefficients")
	}
	o.densityKgPerM3 = gravity * waterKgPerM3
	o.units = newUnits(flowUnits[flow], pressure, gravity)
	// As EPANET has it: a small number is no ratio but the viscosity itself.
	if viscosity > 1e-3 {
		o.viscosityM2PerS = viscosity * waterM2PerS
	} else {
		o.viscosityM2PerS = viscosity * o.units.length * o.units.length
	}
	c.times()
}

func (c *reader) times() {
	for _, r := range c.sections["TIME"] {
		line := strings.ToUpper(strings.Join(r.words, " "))
		read := func(words int, into *float64) {
			text := r.words[min(words, len(r.words)):]
			v, ok := parseTime(text)
			if !ok {
				c.fault(r.line, strings.Join(r.words[:min(words, len(r.words))], " "), strings.Join(text, " "), "a time was expected: hours, hours:minutes, or a number with SEC, MIN, HOURS or DAYS")
				return
			}
			*into = v
		}
		switch {
		case strings.HasPrefix(line, "PATTERN START"):
			read(2, &c.opt.patternStartS)
		case strings.HasPrefix(line, "PATTERN TIME"), strings.HasPrefix(line, "PATTERN STEP"):
			read(2, &c.opt.patternStepS)
			if c.opt.patternStepS <= 0 {
				c.fault(r.line, "PATTERN TIMESTEP", r.word(2), "a time above 0 was expected")
				c.opt.patternStepS = hourS
			}
		case strings.HasPrefix(line, "START CLOCK"):
			read(2, &c.opt.startClockS)
		}
	}
}

// parseTime reads a time as EPANET does, in s: hours as a number, hours:minutes:seconds, or a
// number with its unit or with AM or PM.
func parseTime(words []string) (seconds float64, ok bool) {
	if len(words) == 0 || len(words) > 2 {
		return 0, false
	}
	parts := strings.Split(words[0], ":")
	if len(parts) > 3 {
		return 0, false
	}
	scale := float64(hourS)
	for _, p := range parts {
		v, good := parseNumber(p)
		if !good || v < 0 {
			return 0, false
		}
		seconds += v * scale
		scale /= 60
	}
	if len(words) == 2 {
		unit := strings.ToUpper(words[1])
		switch {
		case unit == "AM":
			if seconds >= 12*hourS {
				seconds -= 12 * hourS
			}
		case unit == "PM":
			if seconds < 12*hourS {
				seconds += 12 * hourS
			}
		case len(parts) > 1:
			return 0, false
		case strings.HasPrefix(unit, "SEC"):
			seconds /= hourS
		case strings.HasPrefix(unit, "MIN"):
			seconds /= 60
		case strings.HasPrefix(unit, "HOU"):
		case strings.HasPrefix(unit, "DAY"):
			seconds *= 24
		default:
			return 0, false
		}
	}
	seconds = math.Round(seconds)
	return seconds, seconds < 1e12
}
