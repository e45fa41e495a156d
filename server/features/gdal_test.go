package features_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/paulmach/orb/geojson"
)

// gdal runs a program of GDAL, an independent client, and fails on any word of
// warning.
func gdal(t *testing.T, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("KARVAN_REQUIRE") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	for _, line := range strings.Split(string(out), "\n") {
		if strings.Contains(line, "Warning") || strings.Contains(line, "ERROR") {
			t.Errorf("%s %q: %s", name, args, line)
		}
	}
	return string(out)
}

func TestOgrinfoReadsAll(t *testing.T) {
	s := site(t, projects(), places())
	out := gdal(t, "ogrinfo", "-ro", "-al", "-so", "OAPIF:"+s.URL+"/ogc")
	for _, want := range []string{
		"Layer name: projects", "Layer name: places", "Feature Count: 7", "Feature Count: 47",
		"TITLE=Projects", "Extent: (26.000000, 36.000000) - (50.000000, 42.000000)",
		"length_km: Real", "tracks: Integer", "opened: Date", "electric: Integer(Boolean)", "changed: DateTime",
		"nothing: Real", // only the schema tells
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
}

func TestOgr2ogrPagesAndFilters(t *testing.T) {
	s := site(t, projects(), places())
	for _, c := range []struct {
		name  string
		args  []string
		layer string
		query string
	}{
		{"pages of two", []string{"-oo", "PAGE_SIZE=2"}, "places", "limit=1000"},
		{"box", []string{"-oo", "PAGE_SIZE=2", "-spat", "-60", "-30", "100", "45"}, "places", "limit=1000&bbox=-60,-30,100,45"},
		{"filter", []string{"-where", "country='AZ'", "-oo", "PAGE_SIZE=2"}, "places", "limit=1000&country=AZ"},
		{"lines", nil, "projects", "limit=1000"},
		{"days", []string{"-where", "opened >= '2018/01/01'"}, "projects", "limit=1000&datetime=2018-01-01/.."},
		{"number", []string{"-where", "tracks=1"}, "projects", "limit=1000&tracks=1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "out.geojson")
			args := append([]string{"-f", "GeoJSON"}, c.args...)
			gdal(t, "ogr2ogr", append(args, file, "OAPIF:"+s.URL+"/ogc", c.layer)...)
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := geometries(t, b)
			want := geometries(t, get(t, s.URL+"/ogc/collections/"+c.layer+"/items?"+c.query).body)
			if strings.Join(got, "\n") != strings.Join(want, "\n") || len(want) == 0 {
				t.Errorf("GDAL read\n%q\nwanted\n%q", got, want)
			}
		})
	}
}

var shortened = regexp.MustCompile(`\.0+([,\]])`)

// geometries gives those of a FeatureCollection, each with the id.
func geometries(t *testing.T, b []byte) []string {
	t.Helper()
	fc, err := geojson.UnmarshalFeatureCollection(b)
	if err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	var out []string
	for _, f := range fc.Features {
		g := "null"
		if f.Geometry != nil {
			b, err := json.Marshal(geojson.NewGeometry(f.Geometry))
			if err != nil {
				t.Fatal(err)
			}
			g = shortened.ReplaceAllString(string(b), "$1")
		}
		out = append(out, g)
	}
	return out
}
