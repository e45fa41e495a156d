// The answers of the server, and how they are fetched. Units stand in names.

export interface ScenarioYear {
  scenario_id: string;
  year: number;
  same_as?: string;
  converged: boolean;
  note?: string;
  relaxes?: string;
  binding?: string;
  binding_what?: string;
  binding_load_ratio?: number;
  unserved_t_per_yr: number;
}

export interface Scenario {
  id: string;
  titles: Record<string, string>;
  summary: Record<string, string> | null;
  relaxes: string;
  effects: string[];
  projects: string[] | null;
  source_id: string;
  years: ScenarioYear[];
  parent: string;
}

export interface Commodity {
  id: string;
  name: string;
  energy: boolean;
  estimate: boolean;
  source_id: string;
}

export interface Meta {
  run: { title: Record<string, string>; version: string; base_year: number; price_year: number; base_date: string; study_id: string };
  scenarios: Scenario[];
  years: number[];
  commodities: Commodity[];
  modes: string[];
  bounds: [number, number, number, number];
  links: number;
  tiles: boolean;
  /** There are reading pages of a register. */
  register?: boolean;
}

export interface LinkProperties {
  id: string;
  name: string;
  from: string;
  to: string;
  mode: string;
  length_km: number;
  tracks?: number;
  status: string;
  open_year?: number;
  estimate: boolean;
  source_id: string;
}

export interface NodeProperties {
  id: string;
  name: string;
  alt_names: string;
  kind: string;
  country: string;
  estimate: boolean;
  source_id: string;
  terminals?: string;
  dwell_h?: number;
  zones: number;
}

export type LinkFeature = GeoJSON.Feature<GeoJSON.LineString, LinkProperties>;
export type NodeFeature = GeoJSON.Feature<GeoJSON.Point, NodeProperties>;

export interface Network {
  links: { features: LinkFeature[] };
  nodes: { features: NodeFeature[] };
}

export interface Flow {
  link_id: string;
  direction: 1 | -1;
  flow_t_per_yr: number;
  capacity_t_per_yr: number | null;
  load_ratio: number;
  capacity_scope: string;
  delay_h: number;
}

export interface TerminalLoad {
  resource_id: string;
  kind: string;
  node_id: string;
  direction: number;
  flow_t_per_yr: number;
  capacity_t_per_yr: number;
  load_ratio: number;
  delay_h: number;
  estimate?: boolean;
}

export interface LinkDetail extends Omit<LinkProperties, 'id'> {
  link_id: string;
  from_node_id: string;
  to_node_id: string;
  cargo_forms: string;
  note: string;
  loads: Flow[];
  flows: { commodity_id: string; direction: number; flow_t_per_yr: number; time_h: number; cost_usd_per_t: number }[];
  rail_capacity: { origin: string; trains_per_day: number; trains_per_day_low: number; trains_per_day_high: number; section_id: string; rule: string } | null;
  pipeline?: { pipeline_id: string; step: string; bottleneck: string };
  projects: { project_id: string; title: string; status: string }[];
}

export interface NodeDetail {
  node_id: string;
  name: string;
  alt_names: string;
  kind: string;
  country_iso2: string;
  source_id: string;
  estimate: boolean;
  note: string;
  terminals: {
    kind: string;
    from_mode: string;
    to_mode: string;
    cargo_forms: string;
    dwell_h: number;
    dwell_sd_h: number;
    cost_usd_per_t: number;
    capacity_t_per_yr: number | null;
    at_link: string;
    open_share: number;
    source_id: string;
    estimate: boolean;
    note: string;
  }[];
  loads: TerminalLoad[];
  zones: string[];
}

export interface NodeRow {
  node_id: string;
  name: string;
  kind: string;
  country_iso2: string;
  lon: number;
  lat: number;
  zones: number;
  arrives_t_per_yr: number;
  leaves_t_per_yr: number;
  terminals: string | null;
  dwell_h: number | null;
  source_id: string;
  estimate: boolean;
}

export interface PairRow extends Omit<Cell, 'routes'> {
  from_zone: string;
  to_zone: string;
}

export interface Zone {
  zone_id: string;
  name: string;
  country_iso2: string;
  group: string;
  node_id: string;
}

export interface Route {
  rank: number;
  share: number;
  flow_t_per_yr: number;
  cost_usd_per_t: number;
  money_usd_per_t: number;
  fee_usd_per_t: number;
  time_h: number;
  border_h: number;
  distance_km: number;
  chain: string;
  path: string;
}

export interface Cell {
  commodity_id: string;
  demand_t_per_yr: number;
  cost_usd_per_t: number;
  money_usd_per_t: number;
  fee_usd_per_t: number;
  time_h: number;
  border_h: number;
  distance_km: number;
  anchor: string;
  routes: Route[];
}

export interface Indicators {
  definitions: { indicator_id: string; title: string; unit: string; group: string; meaning: string }[];
  values: { scenario_id: string; year: number; indicator_id: string; value: number; low: number | null; high: number | null; unit: string }[];
}

export interface Comparison {
  binding: string;
  binding_what: string;
  binding_load_ratio: number;
  existing_usd_per_yr: number | null;
  gained_usd_per_yr: number | null;
  fees_usd_per_yr: Record<string, number>;
  cells: { from_zone: string; to_zone: string; commodity_id: string; demand_t_per_yr: number; cost_change_usd_per_t: number; time_change_h: number }[];
}

export interface Observed {
  obs_id: string;
  indicator_id: string;
  period: string;
  observed: number;
  modelled: number | null;
  unit: string;
  low: number | null;
  high: number | null;
  role: string;
  source_id: string;
  reason?: string;
  note?: string;
}

export interface Source {
  source_id: string;
  title: string;
  publisher: string;
  author: string;
  date: string;
  url: string;
  place: string;
}

export interface Hit {
  kind: 'node' | 'link';
  id: string;
  name: string;
  at: [number, number];
}

/** A refusal of the server: its status, and the body of the problem. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    /** Of 503: how many scenario-years are solved; failed where there will be no result. */
    readonly body: { detail?: string; solved?: number; total?: number; failed?: boolean },
    fallback: string,
  ) {
    super(body.detail ?? fallback);
  }
}

const cache = new Map<string, Promise<unknown>>();

/** Fetches a path of the API once and remembers the answer, which never changes. */
export function get<T>(path: string, query: Record<string, string | number | undefined> = {}): Promise<T> {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') params.set(key, String(value));
  }
  const url = `/api/${path}${params.size ? '?' + params : ''}`;
  let answer = cache.get(url);
  if (!answer) {
    answer = fetch(url).then(async (response) => {
      const body = await response.json();
      if (!response.ok) throw new Refusal(response.status, body, response.statusText);
      return body;
    });
    // A failed request may be tried again.
    answer.catch(() => cache.delete(url));
    if (cache.size > 200) cache.delete(cache.keys().next().value!);
    cache.set(url, answer);
  }
  return answer as Promise<T>;
}
