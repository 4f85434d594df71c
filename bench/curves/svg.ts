/**
 * One chart as SVG: lines over two logarithmic axes of whole decades, so that a slope is an order of
 * growth and a flat line is flat. Colours follow the reader's light or dark scheme.
 */
import type { Sample } from './order.ts';

export interface Line {
  readonly name: string;
  readonly samples: readonly Sample[];
}

export interface Chart {
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly Line[];
}

const WIDTH = 480;
const HEIGHT = 300;
const LEFT = 56;
const RIGHT = 16;
const TOP = 66;
const BOTTOM = 34;

const STYLE = `
  .paper { fill: #ffffff } .ink { fill: #1f2328 } .soft { fill: #59636e }
  .grid { stroke: #d1d9e0; stroke-width: 1 }
  .line0 { stroke: #0969da } .line1 { stroke: #bc4c00 } .dot0 { fill: #0969da } .dot1 { fill: #bc4c00 }
  path { fill: none; stroke-width: 2; stroke-linejoin: round }
  text { font: 11px system-ui, sans-serif } .title { font-size: 14px; font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117 } .ink { fill: #f0f6fc } .soft { fill: #9198a1 } .grid { stroke: #3d444d }
    .line0 { stroke: #58a6ff } .line1 { stroke: #f0883e } .dot0 { fill: #58a6ff } .dot1 { fill: #f0883e }
  }
`;

export function svgOf(chart: Chart): string {
  const samples = chart.lines.flatMap((line) => line.samples);
  const x = new Axis(
    samples.map(({ n }) => n),
    LEFT,
    WIDTH - RIGHT,
  );
  const y = new Axis(
    samples.map(({ cost }) => cost),
    HEIGHT - BOTTOM,
    TOP,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">`,
    `<title>${escaped(chart.title)} by number of revisions</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="paper" width="${WIDTH}" height="${HEIGHT}"/>`,
    text(LEFT, 20, `${chart.title}, ${chart.unit}`, 'ink title'),
    ...chart.lines.map(legend),
    ...x.ticks.map((tick) => column(x.at(tick), shortTick(tick))),
    ...y.ticks.map((tick) => row(y.at(tick), shortTick(tick))),
    text(WIDTH - RIGHT, HEIGHT - 4, 'revisions', 'soft', 'end'),
    ...chart.lines.map((line, index) => lineOf(line, index, x, y)),
    '</svg>\n',
  ].join('\n');
}

/** Whole decades around the values, laid out between two coordinates. */
class Axis {
  readonly ticks: readonly number[];
  readonly #from: number;
  readonly #to: number;
  readonly #low: number;
  readonly #high: number;

  constructor(values: readonly number[], from: number, to: number) {
    this.#from = from;
    this.#to = to;
    this.#low = Math.floor(Math.log10(Math.min(...values)));
    this.#high = Math.max(this.#low + 1, Math.ceil(Math.log10(Math.max(...values))));
    const count = this.#high - this.#low + 1;
    this.ticks = Array.from({ length: count }, (_, index) => 10 ** (this.#low + index));
  }

  at(value: number): number {
    const share = (Math.log10(value) - this.#low) / (this.#high - this.#low);
    return this.#from + share * (this.#to - this.#from);
  }
}

function legend({ name }: Line, index: number): string {
  const y = 36 + index * 15;
  return `<circle class="dot${index}" cx="${LEFT + 4}" cy="${y - 4}" r="4"/>${text(LEFT + 14, y, name, 'ink')}`;
}

const column = (x: number, label: string): string =>
  `<line class="grid" x1="${short(x)}" y1="${TOP}" x2="${short(x)}" y2="${HEIGHT - BOTTOM}"/>` +
  text(x, HEIGHT - BOTTOM + 15, label, 'soft', 'middle');

const row = (y: number, label: string): string =>
  `<line class="grid" x1="${LEFT}" y1="${short(y)}" x2="${WIDTH - RIGHT}" y2="${short(y)}"/>` +
  text(LEFT - 6, y + 4, label, 'soft', 'end');

function lineOf({ samples }: Line, index: number, x: Axis, y: Axis): string {
  const places = samples.map(({ n, cost }) => [short(x.at(n)), short(y.at(cost))] as const);
  const dots = places.map(
    ([cx, cy]) => `<circle class="dot${index}" cx="${cx}" cy="${cy}" r="3"/>`,
  );
  return `<path class="line${index}" d="M${places.map((place) => place.join(' ')).join('L')}"/>${dots.join('')}`;
}

function text(x: number, y: number, content: string, style: string, anchor = 'start'): string {
  return `<text class="${style}" x="${short(x)}" y="${short(y)}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

/** 10000000 → 10M, 0.01 → 0.01 */
function shortTick(value: number): string {
  if (value >= 1e6) return `${value / 1e6}M`;
  if (value >= 1e4) return `${value / 1e3}k`;
  return String(Number(value.toPrecision(1)));
}

const short = (coordinate: number): string => String(Math.round(coordinate * 10) / 10);

const escaped = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
