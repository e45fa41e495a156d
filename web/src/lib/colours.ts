// Colours that stay apart for colour-blind readers and in grey. Modes follow
// the qualitative scheme of Okabe and Ito (2008); load is one hue, dark full;
// differences go from orange (loss) over grey to blue (gain).

export type Theme = 'light' | 'dark';

const modes: Record<string, [string, string]> = {
  rail1520: ['#0b5fa5', '#6db3f2'],
  rail1435: ['#b8410a', '#f59b5b'],
  road: ['#6b6257', '#b9afa3'],
  sea: ['#007a60', '#3fc9a5'],
  waterway: ['#00808f', '#4fc3d0'],
  air: ['#9a3f7d', '#e08fc4'],
  oil_pipeline: ['#222222', '#e8e4dd'],
  gas_pipeline: ['#8a6a00', '#e3c04a'],
};

export function modeColour(mode: string, theme: Theme): string {
  return (modes[mode] ?? ['#555555', '#aaaaaa'])[theme === 'dark' ? 1 : 0];
}

/** Upper bounds of the five steps of load; above the last is over capacity. */
export const loadSteps = [0.25, 0.5, 0.75, 1, Infinity];
const load: Record<Theme, string[]> = {
  light: ['#c9b6d6', '#a687bd', '#8259a3', '#5c2f82', '#36095c'],
  dark: ['#4d3a5e', '#74559a', '#9d7ac4', '#c7a5e8', '#f0dcff'],
};

export function loadColour(ratio: number, theme: Theme): string {
  return load[theme][loadSteps.findIndex((s) => ratio <= s)] ?? load[theme][4]!;
}

export function loadScale(theme: Theme): string[] {
  return load[theme];
}

export const difference: Record<Theme, { gain: string; loss: string; none: string }> = {
  light: { gain: '#0b5fa5', loss: '#c25400', none: '#a8a29a' },
  dark: { gain: '#6db3f2', loss: '#ff9d4d', none: '#6d6860' },
};

export const base: Record<Theme, { sea: string; land: string; border: string; label: string; halo: string; marker: string }> = {
  light: { sea: '#e3ebef', land: '#f7f5f0', border: '#b3aca1', label: '#3a3631', halo: '#f7f5f0', marker: '#3a3631' },
  dark: { sea: '#171b1f', land: '#24262a', border: '#56524c', label: '#d8d3cb', halo: '#24262a', marker: '#d8d3cb' },
};
