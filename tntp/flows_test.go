package tntp

import (
	"strings"
	"testing"
)

func TestReadFlows(t *testing.T) {
	for _, text := range []string{"From \tTo \tVolume \tCost \n1 \t3 \t7.5 \t1.25 \n3 2 0 4\n", "<NUMBER OF NODES> -1\n<END OF METADATA>\n\nTail \tHead \tVolume \tCost \t;\n\t1 \t3 \t7.5 \t1.25 \t;\n~ a comment\n3 2 0 4 ;\n", "1 3 7.5 1.25\n3 2 0 4\n"} {
		f, err := ReadFlows(write(t, text), 3)
		if err != nil || len(f.From) != 2 || f.From[0] != 0 || f.To[0] != 2 || f.Volume[0] != 7.5 || f.Cost[1] != 4 {
			t.Errorf("%q: %+v %v", text, f, err)
		}
	}
	_, err := ReadFlows(write(t, "From To Volume Cost\n1 9 1 1\n1 2 x 1\n1 2 3\n1 2 -1 1\nFrom To Volume Cost\n"), 3)
	for _, want := range []string{":2: to: a node from 1 to 3", `:3: volume: a number of 0 or more was expected (got "x")`, ":4: 4 fields", ":5: volume", `:6: from: a node from 1 to 3 was expected (got "From")`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}

func TestReadNodes(t *testing.T) {
	p, err := ReadNodes(write(t, "Node \tX \tY \t;\n2 \t-96.5 \t43 ;\n1 0 1e3;\n"), 2)
	if err != nil || len(p.Node) != 2 || p.Node[0] != 1 || p.X[0] != -96.5 || p.Y[1] != 1000 {
		t.Errorf("%+v %v", p, err)
	}
	_, err = ReadNodes(write(t, "node X Y\n3 0 0\n1 0\n1 a 0\n"), 2)
	for _, want := range []string{":2: node", ":3: 3 fields", ":4: x"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
	if _, err := ReadNodes(write(t, "1 0 0\n1 1 1\n"), 2); err == nil || !strings.Contains(err.Error(), "stands twice") {
		t.Error(err)
	}
}

func FuzzFlows(f *testing.F) {
	f.Add("From To Volume Cost\n1 2 3 4;\n")
	f.Fuzz(func(t *testing.T, text string) {
		path := write(t, text)
		if r, err := ReadFlows(path, 5); err == nil {
			for k := range r.From {
				if r.From[k] < 0 || r.From[k] > 4 || !(r.Volume[k] >= 0) {
					t.Errorf("%+v", r)
				}
			}
		}
		ReadNodes(path, 5)
	})
}
