import { csv, download, fold } from './format';

/** One column of a table: its heading, its value in a row, and how people see it. */
export interface Column<R> {
  key: string; // in the address of a sort, and in the CSV, with its unit
  label: string;
  value: (r: R) => string | number | null;
  show?: (r: R) => string;
  number?: boolean;
  hidden?: boolean; // only in the CSV
  mark?: (r: R) => string; // a class by value
}

export function filtered<R>(rows: R[], columns: Column<R>[], text: string): R[] {
  const wanted = fold(text.trim());
  if (!wanted) return rows;
  return rows.filter((r) => columns.some((c) => !c.number && fold(`${c.value(r) ?? ''} ${c.show?.(r) ?? ''}`).includes(wanted)));
}

export function sorted<R>(rows: R[], column: Column<R>, down: boolean, language: string): R[] {
  const lowest = column.number ? -Infinity : '';
  return [...rows].sort((a, b) => {
    const [x, y] = [column.value(a) ?? lowest, column.value(b) ?? lowest];
    const order = typeof x === 'string' ? x.localeCompare(String(y), language) : x - Number(y);
    return down ? -order : order;
  });
}

export function save<R>(name: string, rows: R[], columns: Column<R>[]): void {
  download(`${name}.csv`, csv([columns.map((c) => c.key), ...rows.map((r) => columns.map((c) => c.value(r)))]));
}
