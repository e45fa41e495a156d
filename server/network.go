package server

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/simplify"

	"github.com/karvan/karvan/internal/gpkg"
	"github.com/karvan/karvan/store"
)

// smallNetwork is the number of links up to which the page takes the network
// as one GeoJSON; larger ones come as vector tiles.
const smallNetwork = 5000

// network is the geometry of a result, read once.
type network struct {
	links *geojson.FeatureCollection
	nodes *geojson.FeatureCollection
	bound orb.Bound
}

func readNetwork(r *store.Result) (*network, error) {
	n := &network{}
	var err error
	if n.links, err = readFeatures(r, `SELECT geom, fid, link_id, name, from_node_id, to_node_id, mode, length_km, tracks, status, open_year, estimate, source_id FROM link ORDER BY fid`,
		"fid", "id", "name", "from", "to", "mode", "length_km", "tracks", "status", "open_year", "estimate", "source_id"); err != nil {
		return nil, err
	}
	// What happens at a node, and the longest dwell of a border or gauge change.
	if n.nodes, err = readFeatures(r, `SELECT geom, fid, node_id, name, alt_names, node.kind, country_iso2, estimate, source_id,
		(SELECT group_concat(DISTINCT t.kind) FROM terminal t WHERE t.node_id = node.node_id),
		(SELECT max(t.dwell_h) FROM terminal t WHERE t.node_id = node.node_id AND t.kind IN ('border', 'gauge_change') AND t.open_share > 0),
		(SELECT count(*) FROM zone z WHERE z.node_id = node.node_id) FROM node ORDER BY fid`,
		"fid", "id", "name", "alt_names", "kind", "country", "estimate", "source_id", "terminals", "dwell_h", "zones"); err != nil {
		return nil, err
	}
	for i, f := range n.nodes.Features {
		if i == 0 {
			n.bound = f.Geometry.Bound()
		}
		n.bound = n.bound.Union(f.Geometry.Bound())
	}
	return n, nil
}

func readFeatures(r *store.Result, query string, names ...string) (*geojson.FeatureCollection, error) {
	rows, err := r.DB.Query(query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := geojson.NewFeatureCollection()
	for rows.Next() {
		var blob []byte
		values := make([]any, len(names))
		into := []any{&blob}
		for i := range values {
			into = append(into, &values[i])
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		g, err := gpkg.Decode(blob)
		if err != nil {
			return nil, err
		}
		f := geojson.NewFeature(g)
		f.ID = values[0]
		for i, name := range names[1:] {
			v := values[i+1]
			if name == "estimate" {
				v = v == int64(1) || v == true
			}
			if v != nil {
				f.Properties[name] = v
			}
		}
		out.Append(f)
	}
	return out, rows.Err()
}

// tile serves one vector tile of the network, gzipped.
func (s *Server) tile(w http.ResponseWriter, r *http.Request) {
	var v [3]uint64
	for i, name := range []string{"z", "x", "y"} {
		n, err := strconv.ParseUint(strings.TrimSuffix(r.PathValue(name), ".mvt"), 10, 32)
		if err != nil {
			http.Error(w, "a tile is /api/tiles/{z}/{x}/{y}", http.StatusBadRequest)
			return
		}
		v[i] = n
	}
	if v[0] > 22 || v[1] >= 1<<v[0] || v[2] >= 1<<v[0] {
		http.Error(w, "there is no such tile", http.StatusNotFound)
		return
	}
	t := maptile.New(uint32(v[1]), uint32(v[2]), maptile.Zoom(v[0]))
	box := t.Bound(0.1)
	layers := mvt.Layers{inside(s.net.links, "link", box), inside(s.net.nodes, "node", box)}
	layers.ProjectToTile(t)
	layers.Clip(mvt.MapboxGLDefaultExtentBound)
	layers.Simplify(simplify.DouglasPeucker(1))
	layers.RemoveEmpty(0.5, 0)
	data, err := mvt.MarshalGzipped(layers)
	if err != nil {
		http.Error(w, "the tile could not be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/vnd.mapbox-vector-tile")
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Set("Cache-Control", "no-cache")
	w.Write(data)
}

func inside(all *geojson.FeatureCollection, name string, box orb.Bound) *mvt.Layer {
	part := geojson.NewFeatureCollection()
	for _, f := range all.Features {
		if f.Geometry.Bound().Intersects(box) {
			// Tiles change what they hold: each has its own copy.
			c := geojson.NewFeature(orb.Clone(f.Geometry))
			c.ID = f.ID
			for k, v := range f.Properties {
				c.Properties[k] = v
			}
			part.Append(c)
		}
	}
	return mvt.NewLayer(name, part)
}
