import type { Camera } from './camera';
import type { Theme } from './colours';
import { languages, translate, type Language, type Word } from './i18n';

export type Tab = 'map' | 'table' | 'full' | 'pairs' | 'observed' | 'about';
export const tabs: Tab[] = ['map', 'full', 'pairs', 'table', 'observed', 'about'];

/** What the table lists. */
export type Thing = 'links' | 'places' | 'terminals' | 'pairs';
export const things: Thing[] = ['links', 'places', 'terminals', 'pairs'];

/** What is selected: a link, a node, or a pair of zones. */
export type Selection = { kind: 'link' | 'node'; id: string } | null;

function languageOfPath(): Language {
  const first = location.pathname.split('/')[1] as Language;
  return languages.includes(first) ? first : 'en';
}

function themeOfReader(): Theme {
  const kept = localStorage.getItem('karvan-theme');
  if (kept === 'light' || kept === 'dark') return kept;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

/** The view: all of it stands in the address, but for the theme, which is the reader's. */
class View {
  language = $state<Language>(languageOfPath());
  theme = $state<Theme>(themeOfReader());
  scenario = $state('base');
  compare = $state('');
  year = $state(0);
  commodity = $state('');
  colour = $state<'mode' | 'load'>('mode');
  tab = $state<Tab>('map');
  of = $state<Thing>('links');
  selection = $state<Selection>(null);
  from = $state('');
  to = $state('');
  commodityOfPair = $state('');
  camera = $state<Camera | null>(null);

  t = (word: Word, values?: Record<string, string | number>): string => translate(this.language, word, values);

  /** Takes a text in the reader's language out of one by language. */
  pick = (texts: Record<string, string> | null | undefined): string => texts?.[this.language] ?? texts?.en ?? '';

  read(): void {
    this.language = languageOfPath();
    const q = new URLSearchParams(location.search);
    this.scenario = q.get('scenario') ?? this.scenario;
    this.compare = q.get('compare') ?? '';
    this.year = Number(q.get('year')) || this.year;
    this.commodity = q.get('goods') ?? '';
    this.colour = q.get('colour') === 'load' ? 'load' : 'mode';
    this.tab = tabs.find((t) => t === q.get('tab')) ?? 'map';
    this.of = things.find((t) => t === q.get('of')) ?? 'links';
    this.from = q.get('from') ?? '';
    this.to = q.get('to') ?? '';
    const [kind, id] = (q.get('selected') ?? '').split(/:(.*)/s);
    this.selection = (kind === 'link' || kind === 'node') && id ? { kind, id } : null;
    const at = (q.get('at') ?? '').split('/').map(Number);
    this.camera = at.length === 3 && at.every(Number.isFinite) ? { zoom: at[0]!, lat: at[1]!, lon: at[2]! } : null;
  }

  address(): string {
    const q = new URLSearchParams({ scenario: this.scenario, year: String(this.year) });
    if (this.compare) q.set('compare', this.compare);
    if (this.commodity) q.set('goods', this.commodity);
    if (this.colour === 'load') q.set('colour', 'load');
    if (this.tab !== 'map') q.set('tab', this.tab);
    if (this.of !== 'links') q.set('of', this.of);
    if (this.from) q.set('from', this.from);
    if (this.to) q.set('to', this.to);
    if (this.selection) q.set('selected', `${this.selection.kind}:${this.selection.id}`);
    if (this.camera) q.set('at', [this.camera.zoom.toFixed(2), this.camera.lat.toFixed(4), this.camera.lon.toFixed(4)].join('/'));
    return `/${this.language}/map?${q}`;
  }

  select(kind: 'link' | 'node', id: string): void {
    this.selection = { kind, id };
  }

  /** Keeps the language for the next visit of the first page. */
  setLanguage(language: Language): void {
    this.language = language;
    document.cookie = `karvan-language=${language}; path=/; max-age=31536000; SameSite=Lax`;
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    localStorage.setItem('karvan-theme', theme);
  }
}

export const view = new View();
