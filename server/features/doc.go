// Package features publishes collections of features under /ogc by the standard
// OGC API - Features - Part 1: Core, 1.0.1: its classes Core, GeoJSON, HTML and
// OpenAPI 3.0. A client such as QGIS or GDAL reads it without knowing more than
// the address.
//
// The package knows no data. What it publishes is a [Collection]; [New] makes
// the handler of any number of them. Every description (collections, the
// OpenAPI document, the schemas) is made from [Info] at each request, so a
// collection may come and go while the server runs.
//
// Beyond Part 1 stand the parameter offset, by which pages are linked, f, which
// chooses the encoding, and /collections/{id}/schema, which tells a client the
// types of the properties before it reads a feature.
//
// Sources:
//   - OGC 17-069r4, OGC API - Features - Part 1: Core corrigendum (2022),
//     https://docs.ogc.org/is/17-069r4/17-069r4.html; requirements are named as
//     there, for example /req/core/fc-limit-response.
//   - RFC 7946, The GeoJSON Format.
//   - RFC 9457, Problem Details for HTTP APIs.
//   - OpenAPI Specification 3.0.3.
package features
