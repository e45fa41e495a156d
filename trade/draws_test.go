package trade_test

import (
	"context"
	"math"
	"reflect"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/karvan/karvan/trade"
)

// In two like countries real output is a known, rising function of the coefficient, so
// quantiles of the one are quantiles of the other.
func TestDrawsOfACoefficient(t *testing.T) {
	w := symmetric(2, 5, 1.5)
	d := []float64{0, 1, 1, 0}
	cov := mat.NewSymDense(1, []float64{0.04})
	ctx := context.Background()
	one, err := trade.DrawCounterfactuals(ctx, w, 5, [][]float64{d}, []float64{0.5}, cov, 4000, 7, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ z, got float64 }{{-1.959964, one.RealOutput[0].Low95}, {-1.281552, one.RealOutput[0].Low80}, {1.281552, one.RealOutput[1].High80}, {1.959964, one.RealOutput[1].High95}} {
		exact, err := trade.Counterfactual(w, 5, trade.Change(d, 0.5+0.2*x.z))
		if err != nil {
			t.Fatal(err)
		}
		// Of 4000 draws a quantile is off by about 0.03 deviations at the middle and 0.06 in the tail.
		wide, err := trade.Counterfactual(w, 5, trade.Change(d, 0.5+0.2*(x.z+0.15)))
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(x.got-exact.RealOutput[0]) > math.Abs(wide.RealOutput[0]-exact.RealOutput[0]) {
			t.Errorf("quantile at %g: %.6f, expected about %.6f", x.z, x.got, exact.RealOutput[0])
		}
	}
	two, err := trade.DrawCounterfactuals(ctx, w, 5, [][]float64{d}, []float64{0.5}, cov, 4000, 7, 2)
	if err != nil || !reflect.DeepEqual(one, two) {
		t.Errorf("two workers give something else: %v", err)
	}
}

func TestDrawsRefuse(t *testing.T) {
	w := symmetric(2, 5, 1.5)
	d := [][]float64{{0, 1, 1, 0}}
	if _, err := trade.DrawCounterfactuals(context.Background(), w, 5, d, []float64{0.5}, mat.NewSymDense(1, []float64{-1}), 10, 1, 1); err == nil {
		t.Error("a negative variance was taken")
	}
	if _, err := trade.DrawCounterfactuals(context.Background(), w, 5, d, []float64{0.5}, mat.NewSymDense(1, []float64{1}), 1, 1, 1); err == nil {
		t.Error("one draw was taken")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := trade.DrawCounterfactuals(ctx, w, 5, d, []float64{0.5}, mat.NewSymDense(1, []float64{1}), 100, 1, 1); err == nil {
		t.Error("a cancelled run gave a result")
	}
}
