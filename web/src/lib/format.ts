// Numbers for people: thin spaces between thousands, tabular digits, units.

const thin = '\u2009';

/** Full precision for tables: at most `decimals` digits after the point. */
export function number(v: number | null | undefined, decimals = 0): string {
  if (v === null || v === undefined || !Number.isFinite(v)) return '–';
  const [whole, part] = Math.abs(v).toFixed(decimals).split('.');
  const grouped = whole!.replace(/\B(?=(\d{3})+(?!\d))/g, thin);
  const sign = v < 0 && Number(v.toFixed(decimals)) !== 0 ? '−' : '';
  return sign + grouped + (part ? '.' + part : '');
}

/** At most three significant digits, with a scale: 1.23 Mt. */
export function short(v: number | null | undefined): string {
  if (v === null || v === undefined || !Number.isFinite(v)) return '–';
  const size = Math.abs(v);
  for (const [scale, letter] of [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k']] as const) {
    if (size >= scale * 0.9995) return three(v / scale) + thin + letter;
  }
  return three(v);
}

function three(v: number): string {
  const size = Math.abs(v);
  return number(v, size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.01 || size === 0 ? 2 : 4);
}

/** With its sign, for differences. */
export function signed(v: number, format: (v: number) => string = short): string {
  return (v > 0 ? '+' : '') + format(v);
}

/** With its unit, joined to the letter of the scale: 1.41 Mt. */
export function withUnit(v: number, unit: string): string {
  const s = short(v);
  return /[TGMk]$/.test(s) ? s + unit : s + thin + unit;
}

/** Lowers a text and takes its accents off, so that igdir finds Iğdır. */
export function fold(s: string): string {
  return s.normalize('NFD').replace(/\p{Mn}/gu, '').toLowerCase().replaceAll('ı', 'i').replaceAll('ə', 'e');
}

/** A flow with its unit. */
export function tonnes(v: number): string {
  return short(v) + (Math.abs(v) >= 999.5 ? 't/yr' : thin + 't/yr');
}

export function percent(v: number): string {
  return number(v * 100, Math.abs(v) < 0.1 ? 1 : 0) + thin + '%';
}

/** Rows as CSV, quoted where needed. */
export function csv(rows: (string | number | null)[][]): string {
  return rows.map((row) => row.map((c) => (c === null ? '' : /[",\n]/.test(String(c)) ? `"${String(c).replaceAll('"', '""')}"` : String(c))).join(',')).join('\r\n') + '\r\n';
}

export function download(name: string, content: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob(['\ufeff' + content], { type: 'text/csv;charset=utf-8' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
