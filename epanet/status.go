package epanet

import (
	"fmt"
	"math"
	"strings"
)

// findDraft finds a link that a row names.
func (c *reader) findDraft(r row, word int) *draft {
	i, ok := c.out.links[r.word(word)]
	if !ok {
		c.fault(r.line, "link", r.word(word), "the id of a link was expected")
		return nil
	}
	return &c.drafts[i]
}

// set gives a link a status or setting as it is written; apply false only checks it.
func (c *reader) set(r row, d *draft, text string, apply bool) {
	kind := c.out.Links[d.link].Kind
	if kind == PipeLink && d.pipe.CheckValve {
		c.fault(r.line, "link", c.out.Links[d.link].ID, "another link was expected: a pipe with a check valve has no status of its own")
		return
	}
	position, setting := working, d.setting
	switch word := strings.ToUpper(text); word {
	case "OPEN":
		if kind == PumpLink {
			setting = 1
		} else if kind != PipeLink {
			position = opened
		}
	case "CLOSED":
		position = closed
	case "ACTIVE":
		if kind == PipeLink || kind == PumpLink {
			c.fault(r.line, "status", text, "OPEN or CLOSED was expected of a pipe or pump")
			return
		}
	default:
		v, ok := parseNumber(text)
		if !ok {
			c.fault(r.line, "status", text, "OPEN, CLOSED or a setting was expected")
			return
		}
		switch kind {
		case PipeLink:
			if v == 0 {
				position = closed
			}
		case PumpLink:
			if v < 0 {
				c.fault(r.line, "setting", text, "a speed of at least 0 was expected")
				return
			}
			if setting = v; v == 0 {
				position = closed
			}
		default:
			setting = v
		}
	}
	if apply {
		d.position, d.setting = position, setting
	}
}

func (c *reader) readStatus() {
	for _, r := range c.sections["STAT"] {
		if len(r.words) != 2 {
			c.fault(r.line, "", strings.Join(r.words, " "), "a link's id and its status or setting were expected")
			continue
		}
		if d := c.findDraft(r, 0); d != nil {
			c.set(r, d, r.words[1], true)
		}
	}
}

// readControls carries out the simple controls that hold at time 0, in their order:
//
//	LINK id status IF NODE id ABOVE|BELOW level
//	LINK id status AT TIME time
//	LINK id status AT CLOCKTIME time
func (c *reader) readControls() {
	const form = "LINK id status IF NODE id ABOVE|BELOW value, or LINK id status AT TIME|CLOCKTIME time,"
	for _, r := range c.sections["CONT"] {
		if !c.fields(r, 6, form) {
			continue
		}
		d := c.findDraft(r, 1)
		holds := false
		switch strings.ToUpper(r.words[3]) {
		case "IF":
			holds = c.levelHolds(r, form)
		case "AT":
			at, ok := parseTime(r.words[5:])
			if !ok {
				c.fault(r.line, "time", strings.Join(r.words[5:], " "), "a time was expected")
			}
			switch word := strings.ToUpper(r.words[4]); {
			case word == "TIME":
				holds = ok && at == 0
			case strings.HasPrefix(word, "CLOCK"):
				holds = ok && at == math.Mod(c.opt.startClockS, dayS)
			default:
				c.fault(r.line, "", r.words[4], "TIME or CLOCKTIME was expected")
			}
		default:
			c.fault(r.line, "", strings.Join(r.words, " "), "%s was expected", strings.TrimSuffix(form, ","))
		}
		if d != nil {
			c.set(r, d, r.words[2], holds)
		}
	}
}

// levelHolds tells whether the level of a tank fulfils a control.
func (c *reader) levelHolds(r row, form string) bool {
	if !c.fields(r, 8, form) {
		return false
	}
	_, ok := c.findNode(r, 5, "node")
	value, good := c.number(r, 7, "level")
	above := strings.EqualFold(r.words[6], "ABOVE")
	if !above && !strings.EqualFold(r.words[6], "BELOW") {
		c.fault(r.line, "", r.words[6], "ABOVE or BELOW was expected")
	}
	if !ok || !good {
		return false
	}
	if c.kindOf[r.words[5]] != tank {
		c.out.Warnings = append(c.out.Warnings, fmt.Sprintf("%s:%d: a control by the pressure of node %s, which is not a tank, is left out", c.name, r.line, r.words[5]))
		return false
	}
	level, bound := c.levelM[r.words[5]], value*c.opt.units.length
	if above {
		return level >= bound
	}
	return level <= bound
}
