package trade

import (
	"fmt"
	"math"
)

// Sector is the trade in the goods of one sector between the countries of a world:
// its own elasticity of substitution between origins, and its own change of trade costs.
type Sector struct {
	Name   string
	Sigma  float64
	Trade  []float64 // [n×n], row = seller, own sales included
	Change []float64 // [n×n] ratio of t^(1-sigma)
}

// SectorEquilibrium is what changes of trade costs do in several sectors.
type SectorEquilibrium struct {
	*Equilibrium
	SectorCost  [][]float64 // [sectors][n] cost of what a country buys of the sector
	SectorTrade [][]float64 // [sectors][n×n] counterfactual values
}

// CounterfactualSectors finds the full-endowment general equilibrium of several
// sectors that one mobile factor makes: a country's goods of all sectors have the price
// of its factor, and each country spends constant shares on sectors (Caliendo and Parro
// 2015, Review of Economic Studies 82(1), without intermediate goods; Costinot and
// Rodríguez-Clare 2014, Handbook of International Economics 4, §3.3):
//
//	p_i Y_i = Σ_s Σ_j λ'_ijs α_js E'_j,   P̂_j = Π_s P̂_js^(α_js).
//
// With one sector it is [Counterfactual]. Errors are as there; they name the sector.
func CounterfactualSectors(countries []string, sectors []Sector) (*SectorEquilibrium, error) {
	n := len(countries)
	if len(sectors) == 0 {
		return nil, fmt.Errorf("trade: one sector or more was expected")
	}
	y, e := make([]float64, n), make([]float64, n)
	s := &hat{n: n, y: y, deficit: make([]float64, n)}
	all := &World{Countries: countries, Trade: make([]float64, n*n)}
	spent := make([][]float64, len(sectors))
	for q := range sectors {
		x := &sectors[q]
		if err := (&World{Countries: countries, Trade: x.Trade}).check(x.Sigma, x.Change); err != nil {
			if len(sectors) > 1 {
				err = fmt.Errorf("%w (sector %s)", err, x.Name)
			}
			return nil, err
		}
		spent[q] = make([]float64, n)
		for k, v := range x.Trade {
			all.Trade[k] += v
			y[k/n] += v
			e[k%n] += v
			spent[q][k%n] += v
		}
	}
	for i := range n {
		if y[i] == 0 || e[i] == 0 {
			return nil, fmt.Errorf("trade: %s sells or buys nothing: leave it out, or add what it trades with itself", countries[i])
		}
		s.total += y[i]
		s.deficit[i] = e[i] - y[i]
	}
	for q := range sectors {
		x := &sectors[q]
		part := hatSector{sigma: x.Sigma, share: make([]float64, n*n), now: make([]float64, n*n), spends: make([]float64, n), cost: make([]float64, n)}
		for j := range n {
			if spent[q][j] == 0 {
				continue
			}
			part.spends[j] = spent[q][j] / e[j]
			left := 0.0
			for i := range n {
				part.share[i*n+j] = x.Trade[i*n+j] / spent[q][j] * x.Change[i*n+j]
				left += part.share[i*n+j]
			}
			if left == 0 {
				return nil, fmt.Errorf("trade: %w: nobody sells %s to %s any more", ErrNoEquilibrium, x.Name, countries[j])
			}
		}
		s.sectors = append(s.sectors, part)
	}
	out := &SectorEquilibrium{Equilibrium: &Equilibrium{}}
	if err := s.solve(out.Equilibrium); err != nil {
		return nil, err
	}
	s.fill(out.Equilibrium, e)
	out.Trade = make([]float64, n*n)
	for q := range s.sectors {
		x := &s.sectors[q]
		value := make([]float64, n*n)
		for k := range value {
			value[k] = x.now[k] * x.spends[k%n] * s.e[k%n]
			out.Trade[k] += value[k]
		}
		out.SectorCost, out.SectorTrade = append(out.SectorCost, x.cost), append(out.SectorTrade, value)
	}
	out.Exports, out.Imports = foreign(all.Trade, out.Trade, n)
	if len(sectors) == 1 {
		out.Outward = make([]float64, n)
		for j := range n {
			out.Outward[j] = math.Pow(s.p[j], sectors[0].Sigma/(1-sectors[0].Sigma))
		}
	}
	return out, nil
}
