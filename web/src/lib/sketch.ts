import type { LinkFeature, NodeFeature } from './api';
import { mercator, type Camera } from './camera';
import { base, type Theme } from './colours';
import type { Line } from './lines';
import type { Atlas } from './style';

type Point = [number, number];

/**
 * Paints the first picture of the map on a plain canvas: land, boundaries,
 * links, flows and towns, where the map itself will draw them. It stands until
 * the map, which must first compile its programs for the graphics card, has
 * drawn its own.
 */
export function sketch(
  canvas: HTMLCanvasElement,
  camera: Camera,
  theme: Theme,
  atlas: Atlas,
  links: Iterable<LinkFeature>,
  nodes: Iterable<NodeFeature>,
  lines: GeoJSON.Feature<GeoJSON.LineString, Line>[],
): void {
  const ratio = devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  // Painted by the processor: the graphics card is kept for the map that is about to start.
  const g = canvas.getContext('2d', { willReadFrequently: true })!;
  g.scale(ratio, ratio);
  const world = 512 * 2 ** camera.zoom;
  const [cx, cy] = mercator([camera.lon, camera.lat]);
  const at = (c: number[]): Point => {
    const [x, y] = mercator(c);
    return [(x - cx) * world + width / 2, (y - cy) * world + height / 2];
  };
  const c = base[theme];

  g.fillStyle = c.sea;
  g.fillRect(0, 0, width, height);
  g.fillStyle = c.land;
  g.beginPath();
  for (const f of atlas.land.features) {
    const polygons = f.geometry.type === 'Polygon' ? [f.geometry.coordinates] : f.geometry.coordinates;
    for (const ring of polygons.flat()) trace(g, ring.map(at));
  }
  g.fill('evenodd');

  stroke(g, atlas.borders.coordinates.map((l) => l.map(at)), c.border, 0.8, [2.4, 1.6]);
  g.globalAlpha = 0.55;
  stroke(g, [...links].map((l) => l.geometry.coordinates.map(at)), c.border, 0.7);
  g.globalAlpha = 1;

  const shifted = lines.map((f) => beside(f.geometry.coordinates.map(at), f.properties.o));
  g.lineJoin = 'round';
  lines.forEach((f, i) => {
    if (!f.properties.full) return;
    g.globalAlpha = f.properties.full;
    stroke(g, [shifted[i]!], c.label, f.properties.w + 5, [(f.properties.w + 5) * 0.4, (f.properties.w + 5) * 0.5]);
  });
  g.globalAlpha = 1;
  lines.forEach((f, i) => stroke(g, [shifted[i]!], c.land, f.properties.w + 1.5));
  lines.forEach((f, i) => stroke(g, [shifted[i]!], f.properties.c, f.properties.w));

  g.fillStyle = c.marker;
  const radius = Math.min(4, Math.max(1.5, 1.5 + (camera.zoom - 3) * 0.5));
  for (const n of nodes) {
    if (!n.properties.zones) continue;
    g.beginPath();
    g.arc(...at(n.geometry.coordinates), radius, 0, 2 * Math.PI);
    g.fill();
  }
}

function trace(g: CanvasRenderingContext2D, points: Point[]): void {
  points.forEach(([x, y], i) => (i ? g.lineTo(x, y) : g.moveTo(x, y)));
}

function stroke(g: CanvasRenderingContext2D, lines: Point[][], colour: string, width: number, dash: number[] = []): void {
  g.strokeStyle = colour;
  g.lineWidth = width;
  g.setLineDash(dash);
  g.beginPath();
  for (const l of lines) trace(g, l);
  g.stroke();
}

/** A line moved to its right by some pixels; at each bend along the mean of the two sides. */
function beside(points: Point[], by: number): Point[] {
  const sides = points.slice(1).map(([x, y], i): Point => {
    const [dx, dy] = [x - points[i]![0], y - points[i]![1]];
    const length = Math.hypot(dx, dy) || 1;
    return [-dy / length, dx / length];
  });
  return points.map(([x, y], i) => {
    const [a, b] = [sides[i - 1] ?? sides[i]!, sides[i] ?? sides[i - 1]!];
    const length = Math.hypot(a[0] + b[0], a[1] + b[1]) || 1;
    return [x + ((a[0] + b[0]) / length) * by, y + ((a[1] + b[1]) / length) * by];
  });
}
