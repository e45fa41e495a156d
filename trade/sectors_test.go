package trade_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/karvan/karvan/trade"
)

// Two sectors with the shares and the elasticity of one are that one.
func TestSectorsThatAreOne(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := table(rt)
		n := len(w.Countries)
		change := make([]float64, n*n)
		for k := range change {
			change[k] = rapid.Float64Range(0.5, 2).Draw(rt, "change")
		}
		one, err := trade.Counterfactual(w, 5, change)
		if err != nil {
			t.Fatal(err)
		}
		part := rapid.Float64Range(0.1, 0.9).Draw(rt, "part")
		a, b := make([]float64, n*n), make([]float64, n*n)
		for k, x := range w.Trade {
			a[k], b[k] = part*x, (1-part)*x
		}
		two, err := trade.CounterfactualSectors(w.Countries, []trade.Sector{{"a", 5, a, change}, {"b", 5, b, change}})
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			if math.Abs(one.Price[i]/two.Price[i]-1) > 1e-11 || math.Abs(one.Welfare[i]/two.Welfare[i]-1) > 1e-11 {
				t.Fatalf("%s: price %.14g and %.14g", w.Countries[i], one.Price[i], two.Price[i])
			}
		}
	})
}

// Markets of all sectors clear, and without deficits real output has the closed form
// of Costinot and Rodríguez-Clare (2014, equation 22): a product over sectors of
// (own share)^(-α/(σ-1)).
func TestSectorsHaveTheClosedForm(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(2, 5).Draw(rt, "countries")
		countries := make([]string, n)
		list := []trade.Sector{{Name: "a", Sigma: 3}, {Name: "b", Sigma: 8}}
		y, e := make([]float64, n), make([]float64, n)
		for i := range countries {
			countries[i] = string(rune('A' + i))
		}
		for q := range list {
			list[q].Trade, list[q].Change = make([]float64, n*n), make([]float64, n*n)
			for k := range list[q].Trade {
				list[q].Change[k] = 1
				list[q].Trade[k] = rapid.Float64Range(0.1, 2).Draw(rt, "trade")
				if k/n == k%n {
					list[q].Trade[k] *= 10
				} else {
					list[q].Change[k] = rapid.Float64Range(0.5, 2).Draw(rt, "change")
				}
			}
		}
		for q := range list {
			for k, v := range list[q].Trade {
				y[k/n] += v
				e[k%n] += v
			}
		}
		got, err := trade.CounterfactualSectors(countries, list)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for i := range n {
			sales := 0.0
			for j := range n {
				sales += got.Trade[i*n+j]
			}
			if math.Abs(sales/(got.Price[i]*y[i])-1) > 1e-11 {
				t.Fatalf("%s sells %g of %g", countries[i], sales, got.Price[i]*y[i])
			}
			sum += sales
			want := 1.0
			for q := range list {
				spent, now := 0.0, 0.0
				for k := range n {
					spent += list[q].Trade[k*n+i]
					now += got.SectorTrade[q][k*n+i]
				}
				own := (got.SectorTrade[q][i*n+i] / now) / (list[q].Trade[i*n+i] / spent)
				want *= math.Pow(own, spent/e[i]/(1-list[q].Sigma))
			}
			if math.Abs(got.RealOutput[i]/want-1) > 1e-11 {
				t.Fatalf("%s: real output %.14g, %.14g by own shares", countries[i], got.RealOutput[i], want)
			}
		}
		before := 0.0
		for _, v := range y {
			before += v
		}
		if math.Abs(sum/before-1) > 1e-11 {
			t.Fatalf("the world's output is %g of %g", sum, before)
		}
	})
}

func TestSectorsRefuse(t *testing.T) {
	one := []float64{1, 1, 1, 1}
	if _, err := trade.CounterfactualSectors([]string{"A", "B"}, []trade.Sector{{"a", 5, one, one}, {"b", 1, one, one}}); err == nil || !strings.Contains(err.Error(), "sector b") {
		t.Error(err)
	}
	if _, err := trade.CounterfactualSectors([]string{"A", "B"}, []trade.Sector{{"a", 5, one, one}, {"b", 5, []float64{0, 1, 0, 0}, []float64{1, 0, 1, 1}}}); !errors.Is(err, trade.ErrNoEquilibrium) || !strings.Contains(err.Error(), "nobody sells b to B") {
		t.Error(err)
	}
	if _, err := trade.CounterfactualSectors([]string{"A", "B"}, nil); err == nil {
		t.Error("no sector was taken")
	}
}

func TestSectorsOfATable(t *testing.T) {
	text := "exporter,importer,trade,rta,cfl,sector\n"
	for _, s := range []string{"food", "steel"} {
		for _, p := range []string{"A,A,30,0,0", "A,B,5,0,1", "B,A,4,0,1", "B,B,40,0,0"} {
			text += p + "," + s + "\n"
		}
	}
	f, err := trade.ReadFrame(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	countries, list, err := trade.SectorsOf(f, trade.Shock{Baseline: "rta", Counterfactual: "cfl"}, "sector", 0.5, func(string) (float64, error) { return 4, nil })
	if err != nil || len(countries) != 2 || len(list) != 2 || list[1].Name != "steel" || math.Abs(list[0].Change[1]-math.Exp(0.5)) > 1e-15 {
		t.Errorf("%v %+v %v", countries, list, err)
	}
	short, _ := trade.ReadFrame(strings.NewReader(strings.Replace(text, "B,B,40,0,0,steel\n", "", 1)))
	if _, _, err := trade.SectorsOf(short, trade.Shock{Baseline: "rta", Counterfactual: "cfl"}, "sector", 0.5, func(string) (float64, error) { return 4, nil }); err == nil || !strings.Contains(err.Error(), "sector steel") {
		t.Error(err)
	}
}
