// Package gpkg writes GeoPackage 1.3 files (OGC 12-128r17): an SQLite database
// with tables of features, each with an R-tree, and tables of attributes.
//
// A file is built beside its final name and renamed into place when it is
// complete, so that whoever opens the name finds the old file or the new one,
// never a part of one.
package gpkg

import (
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	_ "modernc.org/sqlite" // the driver named sqlite
)

// ApplicationID marks a GeoPackage in the header of the database ("GPKG").
const ApplicationID = 0x47504B47

// Column is a column of a table, with its SQLite type.
type Column struct{ Name, Type string }

// Table is a table to be made. Geometry is POINT or LINESTRING for a table of
// features, whose geometry column is named geom, and empty for attributes. A
// table whose first column is of type INTEGER PRIMARY KEY uses it as its key;
// others get a column fid.
type Table struct {
	Name, Title string
	Columns     []Column
	Geometry    string
	Indexes     []string // column lists to index once the rows are in
}

// Writer is a GeoPackage being written.
type Writer struct {
	path, part string
	db         *sql.DB
	tx         *sql.Tx
	tables     []Table
	bounds     map[string]orb.Bound
}

// Create begins a file that will have the given name.
func Create(path string) (*Writer, error) {
	folder := filepath.Dir(path)
	removeStale(path)
	f, err := os.CreateTemp(folder, filepath.Base(path)+".part-*")
	if err != nil {
		return nil, fmt.Errorf("cannot write in %s: %w", folder, reason(err))
	}
	part := f.Name()
	f.Close()
	w := &Writer{path: path, part: part, bounds: map[string]orb.Bound{}}
	if w.db, err = sql.Open("sqlite", part); err != nil {
		os.Remove(part)
		return nil, err
	}
	w.db.SetMaxOpenConns(1)
	// The file is nobody's yet: no journal is needed, and one flush at the end.
	for _, s := range []string{"PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", "PRAGMA locking_mode=EXCLUSIVE", "PRAGMA cache_size=-65536",
		fmt.Sprintf("PRAGMA application_id=%d", ApplicationID), "PRAGMA user_version=10300"} {
		if _, err := w.db.Exec(s); err != nil {
			w.Abort()
			return nil, w.explain(err)
		}
	}
	if w.tx, err = w.db.Begin(); err != nil {
		w.Abort()
		return nil, w.explain(err)
	}
	for _, s := range strings.Split(baseTables, ";\n") {
		if _, err := w.tx.Exec(s); err != nil {
			w.Abort()
			return nil, w.explain(err)
		}
	}
	return w, nil
}

// removeStale removes parts that a run which was killed has left behind, a day
// later, when nobody can be writing them any more.
func removeStale(path string) {
	old, _ := filepath.Glob(path + ".part-*")
	for _, p := range old {
		if info, err := os.Stat(p); err == nil && time.Since(info.ModTime()) > 24*time.Hour {
			os.Remove(p)
		}
	}
}

func reason(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

func (w *Writer) explain(err error) error {
	return fmt.Errorf("cannot write %s: %w", w.path, reason(err))
}

const baseTables = `CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER, CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL, CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name), CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name), CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
INSERT INTO gpkg_spatial_ref_sys VALUES
 ('Undefined cartesian SRS', -1, 'NONE', -1, 'undefined', 'undefined cartesian coordinate reference system'),
 ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', 'undefined geographic coordinate reference system'),
 ('WGS 84 geodetic', 4326, 'EPSG', 4326, 'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]', 'longitude/latitude coordinates in decimal degrees on the WGS 84 spheroid')`

// Insert adds rows to one table.
type Insert struct {
	w      *Writer
	table  *Table
	stmt   *sql.Stmt
	values int
}

// Add makes a table and gives its inserter.
func (w *Writer) Add(t Table) (*Insert, error) {
	var defs, names, marks []string
	if !strings.Contains(t.Columns[0].Type, "PRIMARY KEY") {
		defs = append(defs, "fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL")
	}
	if t.Geometry != "" {
		defs, names, marks = append(defs, "geom "+t.Geometry), append(names, "geom"), append(marks, "?")
	}
	for _, c := range t.Columns {
		defs, names, marks = append(defs, quote(c.Name)+" "+c.Type), append(names, quote(c.Name)), append(marks, "?")
	}
	if _, err := w.tx.Exec(fmt.Sprintf("CREATE TABLE %s (%s)", quote(t.Name), strings.Join(defs, ", "))); err != nil {
		return nil, w.explain(err)
	}
	stmt, err := w.tx.Prepare(fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", quote(t.Name), strings.Join(names, ", "), strings.Join(marks, ", ")))
	if err != nil {
		return nil, w.explain(err)
	}
	w.tables = append(w.tables, t)
	return &Insert{w: w, table: &w.tables[len(w.tables)-1], stmt: stmt, values: len(marks)}, nil
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Row adds a row of attributes. NaN and infinite numbers become NULL, since a
// result never holds one.
func (i *Insert) Row(values ...any) error {
	for k, v := range values {
		if f, ok := v.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
			values[k] = nil
		}
	}
	if _, err := i.stmt.Exec(values...); err != nil {
		return i.w.explain(err)
	}
	return nil
}

// Feature adds a row with a geometry.
func (i *Insert) Feature(g orb.Geometry, values ...any) error {
	blob, err := encode(g)
	if err != nil {
		return i.w.explain(err)
	}
	b, ok := i.w.bounds[i.table.Name]
	if !ok {
		b = g.Bound()
	}
	i.w.bounds[i.table.Name] = b.Union(g.Bound())
	return i.Row(append([]any{blob}, values...)...)
}

// encode gives the GeoPackage binary of a geometry: a header with the
// envelope, then WKB, little endian (clause 2.1.3).
func encode(g orb.Geometry) ([]byte, error) {
	body, err := wkb.Marshal(g, binary.LittleEndian)
	if err != nil {
		return nil, err
	}
	head := make([]byte, 8, 40+len(body))
	copy(head, "GP")
	binary.LittleEndian.PutUint32(head[4:], 4326)
	if _, point := g.(orb.Point); point {
		head[3] = 0x01
		return append(head, body...), nil
	}
	head[3] = 0x03
	b := g.Bound()
	for _, v := range []float64{b.Min[0], b.Max[0], b.Min[1], b.Max[1]} {
		head = binary.LittleEndian.AppendUint64(head, math.Float64bits(v))
	}
	return append(head, body...), nil
}

// Decode reads the geometry of a GeoPackage binary.
func Decode(blob []byte) (orb.Geometry, error) {
	if len(blob) < 8 || string(blob[:2]) != "GP" {
		return nil, errors.New("gpkg: not a GeoPackage geometry")
	}
	size := [...]int{0, 32, 48, 48, 64}
	envelope := int(blob[3]>>1) & 7
	if envelope >= len(size) || len(blob) < 8+size[envelope] {
		return nil, errors.New("gpkg: broken geometry header")
	}
	return wkb.Unmarshal(blob[8+size[envelope]:])
}

// Finish registers the tables, builds indexes and R-trees, flushes the file to
// the disk and gives it its name. lastChange is what every table bears.
func (w *Writer) Finish(lastChange time.Time) error {
	err := w.finish(lastChange)
	if err != nil {
		w.Abort()
	}
	return err
}

func (w *Writer) finish(lastChange time.Time) error {
	stamp := lastChange.UTC().Format("2006-01-02T15:04:05.000Z")
	for _, t := range w.tables {
		if err := w.register(t, stamp); err != nil {
			return w.explain(err)
		}
		for k, columns := range t.Indexes {
			if _, err := w.tx.Exec(fmt.Sprintf("CREATE INDEX %s ON %s (%s)", quote(fmt.Sprintf("idx_%s_%d", t.Name, k)), quote(t.Name), columns)); err != nil {
				return w.explain(err)
			}
		}
	}
	if err := w.tx.Commit(); err != nil {
		return w.explain(err)
	}
	if err := w.db.Close(); err != nil {
		return w.explain(err)
	}
	f, err := os.OpenFile(w.part, os.O_RDWR, 0)
	if err != nil {
		return w.explain(err)
	}
	err = f.Sync()
	f.Close()
	if err != nil {
		return w.explain(err)
	}
	if err := os.Chmod(w.part, 0o644); err != nil {
		return w.explain(err)
	}
	if err := os.Rename(w.part, w.path); err != nil {
		return w.explain(err)
	}
	if d, err := os.Open(filepath.Dir(w.path)); err == nil {
		d.Sync() // the name itself; not every system can
		d.Close()
	}
	return nil
}

// register enters a table in the catalogue, and gives features an R-tree. The
// triggers call ST_ functions that plain SQLite lacks, so they come last.
func (w *Writer) register(t Table, stamp string) error {
	if t.Geometry == "" {
		_, err := w.tx.Exec("INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change) VALUES (?, 'attributes', ?, ?, ?)", t.Name, t.Name, t.Title, stamp)
		return err
	}
	b := w.bounds[t.Name]
	if _, err := w.tx.Exec("INSERT INTO gpkg_contents VALUES (?, 'features', ?, ?, ?, ?, ?, ?, ?, 4326)", t.Name, t.Name, t.Title, stamp, b.Min[0], b.Min[1], b.Max[0], b.Max[1]); err != nil {
		return err
	}
	if _, err := w.tx.Exec("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, 4326, 0, 0)", t.Name, t.Geometry); err != nil {
		return err
	}
	if _, err := w.tx.Exec("INSERT INTO gpkg_extensions VALUES (?, 'geom', 'gpkg_rtree_index', 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')", t.Name); err != nil {
		return err
	}
	if _, err := w.tx.Exec(fmt.Sprintf("CREATE VIRTUAL TABLE %s USING rtree(id, minx, maxx, miny, maxy)", quote("rtree_"+t.Name+"_geom"))); err != nil {
		return err
	}
	if err := w.fillTree(t.Name); err != nil {
		return err
	}
	for _, s := range treeTriggers(t.Name) {
		if _, err := w.tx.Exec(s); err != nil {
			return err
		}
	}
	return nil
}

func (w *Writer) fillTree(table string) error {
	rows, err := w.tx.Query(fmt.Sprintf("SELECT fid, geom FROM %s ORDER BY fid", quote(table)))
	if err != nil {
		return err
	}
	type entry struct {
		id int64
		b  orb.Bound
	}
	var all []entry
	for rows.Next() {
		var id int64
		var blob []byte
		if err := rows.Scan(&id, &blob); err != nil {
			rows.Close()
			return err
		}
		g, err := Decode(blob)
		if err != nil {
			rows.Close()
			return err
		}
		all = append(all, entry{id, g.Bound()})
	}
	if err := rows.Err(); err != nil {
		return err
	}
	stmt, err := w.tx.Prepare(fmt.Sprintf("INSERT INTO %s VALUES (?, ?, ?, ?, ?)", quote("rtree_"+table+"_geom")))
	if err != nil {
		return err
	}
	defer stmt.Close()
	for _, e := range all {
		if _, err := stmt.Exec(e.id, e.b.Min[0], e.b.Max[0], e.b.Min[1], e.b.Max[1]); err != nil {
			return err
		}
	}
	return nil
}

// treeTriggers keep the R-tree right when another program edits the features
// (clause F.3, as GeoPackage 1.3 has them).
func treeTriggers(table string) []string {
	tree := quote("rtree_" + table + "_geom")
	name := func(s string) string { return quote("rtree_" + table + "_geom_" + s) }
	box := "ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)"
	filled := "NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)"
	empty := "(NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))"
	t := quote(table)
	put := fmt.Sprintf("INSERT OR REPLACE INTO %s VALUES (NEW.fid, %s)", tree, box)
	return []string{
		fmt.Sprintf("CREATE TRIGGER %s AFTER INSERT ON %s WHEN (%s) BEGIN %s; END", name("insert"), t, filled, put),
		fmt.Sprintf("CREATE TRIGGER %s AFTER UPDATE OF geom ON %s WHEN OLD.fid = NEW.fid AND (%s) BEGIN %s; END", name("update1"), t, filled, put),
		fmt.Sprintf("CREATE TRIGGER %s AFTER UPDATE OF geom ON %s WHEN OLD.fid = NEW.fid AND %s BEGIN DELETE FROM %s WHERE id = OLD.fid; END", name("update2"), t, empty, tree),
		fmt.Sprintf("CREATE TRIGGER %s AFTER UPDATE ON %s WHEN OLD.fid != NEW.fid AND (%s) BEGIN DELETE FROM %s WHERE id = OLD.fid; %s; END", name("update3"), t, filled, tree, put),
		fmt.Sprintf("CREATE TRIGGER %s AFTER UPDATE ON %s WHEN OLD.fid != NEW.fid AND %s BEGIN DELETE FROM %s WHERE id IN (OLD.fid, NEW.fid); END", name("update4"), t, empty, tree),
		fmt.Sprintf("CREATE TRIGGER %s AFTER DELETE ON %s WHEN OLD.geom NOT NULL BEGIN DELETE FROM %s WHERE id = OLD.fid; END", name("delete"), t, tree),
	}
}

// Abort throws away what was written. It may follow any error, and Finish.
func (w *Writer) Abort() {
	if w.tx != nil {
		w.tx.Rollback()
	}
	if w.db != nil {
		w.db.Close()
	}
	os.Remove(w.part)
	os.Remove(w.part + "-journal")
}
