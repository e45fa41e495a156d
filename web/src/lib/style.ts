import type { FeatureCollection, MultiLineString, MultiPolygon, Polygon } from 'geojson';
import type { GeoJSONSourceSpecification, StyleSpecification } from 'maplibre-gl';
import { feature, mesh } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import coarse from 'world-atlas/countries-110m.json?url';
import fine from 'world-atlas/countries-50m.json?url';
import { base, type Theme } from './colours';

/** Land and boundaries of the world; boundaries are drawn all alike. */
export interface Atlas {
  land: FeatureCollection<Polygon | MultiPolygon>;
  borders: MultiLineString;
}

/** Fetches an atlas from the program itself. */
export async function readAtlas(detail: 'coarse' | 'fine'): Promise<Atlas> {
  const topology = (await (await fetch(detail === 'fine' ? fine : coarse)).json()) as Topology<{ land: GeometryCollection; countries: GeometryCollection }>;
  const land = feature(topology, topology.objects.land) as unknown as FeatureCollection<Polygon | MultiPolygon>;
  return { land, borders: mesh(topology, topology.objects.countries, (a, b) => a !== b) as MultiLineString };
}

const empty: GeoJSONSourceSpecification = { type: 'geojson', data: { type: 'FeatureCollection', features: [] } };

/** Width, colour and offset stand in the features, or in their state where the network comes as tiles. */
const by = (name: string, otherwise: unknown) => ['coalesce', ['feature-state', name], ['get', name], otherwise] as never;

/** Names and symbols, which are shown once the flows are drawn. */
export const late = ['arrows', 'station', 'gauge', 'border', 'hours', 'names'];

export function mapStyle(theme: Theme, tiles: boolean): StyleSpecification {
  const c = base[theme];
  const links = tiles ? { source: 'tiles', 'source-layer': 'link' } : { source: 'links' };
  const nodes = tiles ? { source: 'tiles', 'source-layer': 'node' } : { source: 'nodes' };
  const symbol = (kind: string) => ['all', ['has', 'terminals'], ['in', kind, ['get', 'terminals']]] as never;
  const style: StyleSpecification = {
    version: 8,
    sources: {
      land: empty,
      borders: empty,
      route: empty,
      selected: empty,
      network: empty,
      ...(tiles
        ? { tiles: { type: 'vector' as const, tiles: [`${location.origin}/api/tiles/{z}/{x}/{y}`], maxzoom: 14 } }
        : { links: empty, nodes: empty }),
    },
    layers: [
      { id: 'sea', type: 'background', paint: { 'background-color': c.sea } },
      { id: 'land', type: 'fill', source: 'land', paint: { 'fill-color': c.land, 'fill-antialias': false } },
      { id: 'borders', type: 'line', source: 'borders', paint: { 'line-color': c.border, 'line-width': 0.8, 'line-dasharray': [3, 2] } },
      { id: 'idle', type: 'line', ...(tiles ? links : { source: 'network' }), paint: { 'line-color': c.border, 'line-width': 0.7, 'line-opacity': 0.55 } },
      { id: 'route', type: 'line', source: 'route', layout: { 'line-cap': 'round' }, paint: { 'line-color': c.label, 'line-width': 12, 'line-opacity': 0.28 } },
      { id: 'full', type: 'line', ...links, paint: { 'line-color': c.label, 'line-width': ['+', by('w', 0), 5], 'line-offset': by('o', 0), 'line-dasharray': [0.4, 0.5], 'line-opacity': by('full', 0) } },
      { id: 'casing', type: 'line', ...links, paint: { 'line-color': c.land, 'line-width': ['case', ['>', by('w', 0), 0], ['+', by('w', 0), 1.5], 0], 'line-offset': by('o', 0) } },
      { id: 'links', type: 'line', ...links, paint: { 'line-color': by('c', c.border), 'line-width': by('w', 0), 'line-offset': by('o', 0) } },
      { id: 'arrows', type: 'symbol', ...links, minzoom: 4.5, filter: ['>', ['coalesce', ['get', 'w'], 0], 2.5], layout: { 'symbol-placement': 'line', 'symbol-spacing': 140, 'icon-image': 'arrow', 'icon-size': 0.5, 'icon-offset': [0, 0], 'icon-allow-overlap': true }, paint: { 'icon-opacity': 0.85 } },
      { id: 'selected', type: 'line', source: 'selected', layout: { 'line-cap': 'round' }, paint: { 'line-color': c.label, 'line-width': 3, 'line-gap-width': 12 } },
      { id: 'gauge', type: 'symbol', ...nodes, minzoom: 4, filter: symbol('gauge_change'), layout: { 'icon-image': 'gauge', 'icon-size': 0.5, 'icon-allow-overlap': true } },
      { id: 'border', type: 'symbol', ...nodes, minzoom: 5.2, filter: ['all', symbol('border'), ['!', symbol('gauge_change')]] as never, layout: { 'icon-image': 'border', 'icon-size': 0.45, 'icon-allow-overlap': true } },
      { id: 'station', type: 'symbol', ...nodes, minzoom: 4, filter: ['==', ['get', 'kind'], 'pipeline_station'], layout: { 'icon-image': 'station', 'icon-size': 0.45, 'icon-allow-overlap': true } },
      { id: 'port', type: 'circle', ...nodes, minzoom: 5.2, filter: ['==', ['get', 'kind'], 'port'], paint: { 'circle-radius': 3.5, 'circle-color': c.land, 'circle-stroke-color': c.marker, 'circle-stroke-width': 1.5 } },
      { id: 'town', type: 'circle', ...nodes, filter: ['>', ['coalesce', ['get', 'zones'], 0], 0], paint: { 'circle-radius': ['interpolate', ['linear'], ['zoom'], 3, 1.5, 8, 4], 'circle-color': c.marker } },
      {
        id: 'hours', type: 'symbol', ...nodes, minzoom: 6, filter: ['has', 'dwell_h'],
        layout: { 'text-field': ['concat', ['to-string', ['get', 'dwell_h']], ' h'], 'text-size': 11, 'text-offset': [0, -1.2], 'text-font': ['sans-serif'], 'text-optional': true },
        paint: { 'text-color': c.label, 'text-halo-color': c.halo, 'text-halo-width': 1.5 },
      },
      {
        id: 'names', type: 'symbol', ...nodes, filter: ['any', ['>', ['coalesce', ['get', 'zones'], 0], 0], ['>=', ['zoom'], 6.5]] as never,
        layout: { 'text-field': ['get', 'name'], 'text-size': ['interpolate', ['linear'], ['zoom'], 3, 11, 9, 14], 'text-offset': [0, 0.9], 'text-anchor': 'top', 'text-font': ['sans-serif'], 'text-padding': 4, 'symbol-sort-key': ['-', 0, ['coalesce', ['get', 'zones'], 0]] },
        paint: { 'text-color': c.label, 'text-halo-color': c.halo, 'text-halo-width': 1.5 },
      },
    ],
  };
  for (const layer of style.layers) {
    if (late.includes(layer.id) && 'layout' in layer) layer.layout = { ...layer.layout, visibility: 'none' } as never;
  }
  return style;
}

/** Draws the symbols of the map: an arrow, a gauge change (two rails that narrow), a border (a gate), a pump or compressor station. */
export function icons(theme: Theme): [string, ImageData][] {
  const c = base[theme];
  const draw = (paint: (g: CanvasRenderingContext2D) => void): ImageData => {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 32;
    const g = canvas.getContext('2d')!;
    g.lineWidth = 4;
    g.strokeStyle = c.marker;
    g.fillStyle = c.land;
    paint(g);
    return g.getImageData(0, 0, 32, 32);
  };
  return [
    ['arrow', draw((g) => {
      g.fillStyle = c.halo;
      g.beginPath();
      g.moveTo(9, 7);
      g.lineTo(25, 16);
      g.lineTo(9, 25);
      g.closePath();
      g.fill();
    })],
    ['gauge', draw((g) => {
      g.beginPath();
      g.rect(3, 3, 26, 26);
      g.fill();
      g.stroke();
      g.lineWidth = 3;
      g.beginPath();
      g.moveTo(3, 10);
      g.lineTo(29, 13);
      g.moveTo(3, 22);
      g.lineTo(29, 19);
      g.stroke();
    })],
    ['station', draw((g) => {
      g.beginPath();
      g.arc(16, 16, 13, 0, 2 * Math.PI);
      g.fill();
      g.stroke();
      g.fillStyle = c.marker;
      g.beginPath();
      g.moveTo(10, 8);
      g.lineTo(25, 16);
      g.lineTo(10, 24);
      g.closePath();
      g.fill();
    })],
    ['border', draw((g) => {
      g.beginPath();
      g.moveTo(16, 3);
      g.lineTo(29, 16);
      g.lineTo(16, 29);
      g.lineTo(3, 16);
      g.closePath();
      g.fill();
      g.stroke();
    })],
  ];
}
