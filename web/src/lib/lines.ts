import type { Flow, LinkFeature } from './api';
import { difference, loadColour, modeColour, type Theme } from './colours';
import type { Row } from './data.svelte';
import { widthScale } from './width';

/** How a link is drawn: width, offset to its side and colour, and the opacity of the mark of a full one. */
export interface Line {
  id: string;
  w: number;
  o: number;
  c: string;
  full: number;
}

export interface Look {
  theme: Theme;
  colour: 'mode' | 'load';
  comparing: boolean;
}

export function lineColour(look: Look, mode: string, load: number, value: number): string {
  if (look.comparing) return value > 0 ? difference[look.theme].gain : difference[look.theme].loss;
  return look.colour === 'load' ? loadColour(load, look.theme) : modeColour(mode, look.theme);
}

/** Each direction of a link that carries something, as a line of its own beside the other; wide ones first, so that thin ones are not hidden. */
export function flowLines(links: Iterable<LinkFeature>, rows: Map<string, Row>, flows: Flow[], other: Flow[] | null, look: Look): GeoJSON.Feature<GeoJSON.LineString, Line>[] {
  const scale = widthScale(flows, other);
  // Differences of less than a hundredth of the largest would only be noise.
  const least = other ? Math.max(0.5, scale.most / 100) : 0.5;
  const out: GeoJSON.Feature<GeoJSON.LineString, Line>[] = [];
  for (const link of links) {
    const r = rows.get(link.properties.id);
    if (!r) continue;
    for (const forward of [true, false]) {
      const flow = forward ? r.forward : r.back;
      const value = other ? flow - (forward ? r.otherForward : r.otherBack) : flow;
      if (Math.abs(value) <= least) continue;
      const w = Math.max(0.6, scale.width(value));
      out.push({
        type: 'Feature',
        geometry: forward ? link.geometry : { type: 'LineString', coordinates: [...link.geometry.coordinates].reverse() },
        properties: { id: link.properties.id, w, o: w / 2 + 0.4, c: lineColour(look, link.properties.mode, r.load, value), full: !other && r.load > 1 && flow > 0 ? 0.8 : 0 },
      });
    }
  }
  return out.sort((a, b) => b.properties.w - a.properties.w);
}
