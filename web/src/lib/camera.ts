import type { NodeFeature } from './api';

/** Where the map looks: its middle, and the zoom at which the world is 512·2^zoom pixels wide. */
export interface Camera {
  lon: number;
  lat: number;
  zoom: number;
}

export type Bounds = [west: number, south: number, east: number, north: number];

/** Web Mercator: a place as shares of the world's width and height, from its north-west corner. */
export function mercator([lon, lat]: [number, number] | number[]): [number, number] {
  const sin = Math.sin((Math.min(85, Math.max(-85, lat!)) * Math.PI) / 180);
  return [(lon! + 180) / 360, 0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)];
}

function latitude(y: number): number {
  return (360 / Math.PI) * Math.atan(Math.exp((0.5 - y) * 2 * Math.PI)) - 90;
}

/** The camera that shows bounds in a window of width times height pixels, with padding on each side. */
export function fit([west, south, east, north]: Bounds, width: number, height: number, padding: number): Camera {
  const [x0, y1] = mercator([west, south]);
  const [x1, y0] = mercator([east, north]);
  const share = (pixels: number, span: number) => Math.max(1, pixels - 2 * padding) / Math.max(1e-9, span);
  const zoom = Math.log2(Math.min(share(width, x1 - x0), share(height, y1 - y0)) / 512);
  return { lon: (west + east) / 2, lat: latitude((y0 + y1) / 2), zoom: Math.min(14, zoom) };
}

/** The part of a study that is shown first: where most of its places are, not its farthest port. */
export function frame(nodes: Iterable<NodeFeature>, all: Bounds): Bounds {
  const places = [...nodes].map((n) => n.geometry.coordinates);
  if (places.length < 20) return all;
  const part = (axis: 0 | 1, q: number) => places.map((p) => p[axis]!).sort((a, b) => a - b)[Math.round(q * (places.length - 1))]!;
  return [part(0, 0.06), part(1, 0.06), part(0, 0.93), part(1, 0.93)];
}
