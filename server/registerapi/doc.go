// Package registerapi answers questions about a register under /api/v1: lists
// of records and single ones, where each value comes from, what changed,
// search, checks of OC4IDS packages, and everything in bulk. The OpenAPI
// document is made from the handlers.
//
// The pages use the same filters and the same addresses: what a list shows on
// the screen is what the API gives as JSON, GeoJSON, CSV, a workbook or a feed.
package registerapi
