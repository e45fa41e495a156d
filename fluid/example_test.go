package fluid_test

import (
	"fmt"

	"github.com/karvan/karvan/fluid"
)

func Example() {
	gas, err := fluid.NewComposition(map[string]float64{"methane": 0.95, "ethane": 0.03, "N2": 0.02})
	if err != nil {
		fmt.Println(err)
		return
	}
	eos, err := fluid.NewGERG2008(gas)
	if err != nil {
		fmt.Println(err)
		return
	}
	iso, err := fluid.NewIsotherm(eos, 283.15, 100)
	if err != nil {
		fmt.Println(err)
		return
	}
	z, dzdp := iso.At(62.5)
	heat, err := gas.HeatingValues(fluid.Heating15At15, eos)
	if err != nil {
		fmt.Println(err)
		return
	}
	two, err := fluid.TwoPhase(gas, 62.5, 283.15)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("Z %.4f, dZ/dp %.5f per bar, %.2f MJ/m3, two phases %v\n", z, dzdp, heat.SuperiorMJPerM3, two)
	// Output: Z 0.8691, dZ/dp -0.00193 per bar, 37.88 MJ/m3, two phases false
}
