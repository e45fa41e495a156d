/** The links of the route that is looked at, for the map to mark. */
class Highlight {
  path = $state.raw<string[]>([]);
  frame = $state(false);

  /** Takes a path as the result writes it: +link, -link, @place. */
  show(path: string, frame = false): void {
    this.path = path
      .split(';')
      .filter((p) => p.startsWith('+') || p.startsWith('-'))
      .map((p) => p.slice(1));
    this.frame = frame;
  }

  clear(): void {
    this.path = [];
    this.frame = false;
  }
}

export const highlight = new Highlight();
