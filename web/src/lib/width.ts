import type { Flow } from './api';

/** The width of a line in pixels by its flow: a square-root scale, so that areas grow as flows do. */
export function widthScale(flows: Flow[], other: Flow[] | null): { width: (t: number) => number; samples: number[]; most: number } {
  let most = 0;
  if (other) {
    const before = new Map(other.map((f) => [f.link_id + f.direction, f.flow_t_per_yr]));
    for (const f of flows) most = Math.max(most, Math.abs(f.flow_t_per_yr - (before.get(f.link_id + f.direction) ?? 0)));
  } else {
    for (const f of flows) most = Math.max(most, f.flow_t_per_yr);
  }
  const widest = 11;
  const width = (t: number) => (most > 0 ? widest * Math.sqrt(Math.abs(t) / most) : 0);
  const samples = most > 0 ? [most, most / 4, most / 25].map(round) : [];
  return { width, samples, most };
}

/** The nearest of 1, 2, 5 times a power of ten, not above. */
function round(v: number): number {
  const power = 10 ** Math.floor(Math.log10(v));
  return power * ([5, 2, 1].find((f) => f * power <= v) ?? 1);
}
