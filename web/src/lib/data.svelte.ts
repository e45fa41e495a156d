import { get, Refusal, type Flow, type LinkFeature, type Meta, type Network, type NodeFeature } from './api';

/** The network, and the flows of the scenario that is shown and the one that it is compared with. */
class Data {
  meta = $state.raw<Meta | null>(null);
  links = $state.raw<Map<string, LinkFeature>>(new Map());
  nodes = $state.raw<Map<string, NodeFeature>>(new Map());
  flows = $state.raw<Flow[]>([]);
  other = $state.raw<Flow[] | null>(null);
  error = $state('');
  /** How many scenario-years are solved, while the model still runs. */
  progress = $state.raw<{ solved: number; total: number } | null>(null);

  async start(): Promise<Meta> {
    // Asked for together; a large network answers that it comes as tiles.
    const asked = get<Network>('network');
    asked.catch(() => {});
    const meta = await this.solved();
    this.progress = null;
    if (!meta.tiles) {
      // The first answer is a refusal where the model still ran.
      const network = await asked.catch(() => get<Network>('network'));
      this.links = new Map(network.links.features.map((f) => [f.properties.id, f]));
      this.nodes = new Map(network.nodes.features.map((f) => [f.properties.id, f]));
    }
    this.meta = meta;
    return meta;
  }

  /** Asks what the result holds until the model is solved. */
  private async solved(): Promise<Meta> {
    for (;;) {
      try {
        return await get<Meta>('meta');
      } catch (e) {
        if (!(e instanceof Refusal) || e.status !== 503 || e.body.total === undefined || e.body.failed) throw e;
        this.progress = { solved: e.body.solved ?? 0, total: e.body.total };
        await new Promise((again) => setTimeout(again, 1500));
      }
    }
  }

  /** Fetches the flows of a view; a later call wins over an earlier one. */
  private asked = 0;
  async load(scenario: string, compare: string, year: number, commodity: string): Promise<void> {
    const mine = ++this.asked;
    try {
      const [flows, other] = await Promise.all([
        get<Flow[]>('flows', { scenario, year, commodity }),
        compare && compare !== scenario ? get<Flow[]>('flows', { scenario: compare, year, commodity }) : null,
      ]);
      if (mine === this.asked) {
        this.flows = flows;
        this.other = other;
        this.error = '';
      }
    } catch (e) {
      if (mine === this.asked) this.error = (e as Error).message;
    }
  }

  name(node: string): string {
    return this.nodes.get(node)?.properties.name ?? node;
  }

  linkName(id: string): string {
    const p = this.links.get(id)?.properties;
    return p ? p.name || `${this.name(p.from)} – ${this.name(p.to)}` : id;
  }

  commodity(id: string): string {
    return this.meta?.commodities.find((c) => c.id === id)?.name ?? id;
  }
}

export const data = new Data();

/** A link with what it carries each way, and the difference to the other scenario. */
export interface Row {
  id: string;
  mode: string;
  name: string;
  forward: number;
  back: number;
  total: number;
  capacity: number | null;
  load: number;
  scope: string;
  delay: number;
  otherForward: number;
  otherBack: number;
  difference: number | null;
  estimate: boolean;
}

export function rows(flows: Flow[], other: Flow[] | null): Row[] {
  const byLink = new Map<string, Row>();
  const row = (id: string): Row => {
    let r = byLink.get(id);
    if (!r) {
      const p = data.links.get(id)?.properties;
      r = { id, mode: p?.mode ?? '', name: data.linkName(id), forward: 0, back: 0, total: 0, capacity: null, load: 0, scope: '', delay: 0, otherForward: 0, otherBack: 0, difference: other ? 0 : null, estimate: p?.estimate ?? false };
      byLink.set(id, r);
    }
    return r;
  };
  for (const f of flows) {
    const r = row(f.link_id);
    if (f.direction === 1) r.forward = f.flow_t_per_yr;
    else r.back = f.flow_t_per_yr;
    r.total += f.flow_t_per_yr;
    r.capacity = f.capacity_t_per_yr;
    r.load = Math.max(r.load, f.load_ratio);
    r.delay = Math.max(r.delay, f.delay_h);
    r.scope = f.capacity_scope;
  }
  for (const f of other ?? []) {
    const r = row(f.link_id);
    if (f.direction === 1) r.otherForward = f.flow_t_per_yr;
    else r.otherBack = f.flow_t_per_yr;
  }
  if (other) for (const r of byLink.values()) r.difference = r.total - r.otherForward - r.otherBack;
  return [...byLink.values()];
}
