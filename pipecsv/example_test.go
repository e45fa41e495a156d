package pipecsv_test

import (
	"fmt"
	"testing/fstest"

	"github.com/karvan/karvan/pipecsv"
)

// A table with two slips, both told with their lines.
func Example() {
	files := fstest.MapFS{
		"fluid.csv": {Data: []byte("quantity,value,unit\nmedium,liquid,\ndensity_kg_per_m3,850,kg/m3\nviscosity_pa_s,0.008,Pa s\n")},
		"node.csv":  {Data: []byte("node_id,pressure_bar,supply_kg_per_s\nhead,60,\nend,,-120\n")},
		"pipe.csv":  {Data: []byte("pipe_id,from_node_id,to_node_id,length_km,diameter_mm,rougness_mm\np1,head,end,40,0.5,0.05\n")},
	}
	_, err := pipecsv.Read(files, "crude")
	fmt.Println(err)
	// Output:
	// crude/pipe.csv:1: rougness_mm: the column is not known: the nearest known name is "roughness_mm"
	// crude/pipe.csv:2: diameter_mm: expected between 5 and 5000 mm (as metres it would be 500 mm) (got "0.5")
}
