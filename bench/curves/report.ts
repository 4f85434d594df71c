/** `docs/performance.md` and its charts, made of measurements from first to last word. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../environment.ts';
import { type Cost, COSTS, type Curve } from './costs.ts';
import { exponentOf, nameOf, type Sample } from './order.ts';
import { svgOf } from './svg.ts';

const FOLDER = 'performance';
const LARGE_REVISIONS = 100_000;

export function writeReport(
  docs: string,
  environment: Environment,
  curves: readonly Curve[],
): void {
  mkdirSync(join(docs, FOLDER), { recursive: true });
  for (const cost of COSTS) {
    const lines = curves.map((curve) => {
      const samples = samplesOf(curve, cost);
      return { name: `${curve.shape.name}: ${nameOf(growthOf(curve, cost))}`, samples };
    });
    const { title, unit } = cost;
    writeFileSync(join(docs, FOLDER, `${cost.name}.svg`), svgOf({ title, unit, lines }));
  }
  writeFileSync(join(docs, 'performance.md'), textOf(environment, curves));
}

function samplesOf({ points }: Curve, cost: Cost): Sample[] {
  return points.map((point) => ({ n: point.revisions, cost: cost.of(point) }));
}

/** A fixed part would hide the growth, so what has one is judged by its large stores, if there are some. */
export function growthOf(curve: Curve, cost: Cost): number {
  const all = samplesOf(curve, cost);
  const large = all.filter(({ n }) => n >= LARGE_REVISIONS);
  return exponentOf(cost.hasFixedPart === true && large.length > 2 ? large : all);
}

function textOf(environment: Environment, curves: readonly Curve[]): string {
  const { varve, node, cpu, cores, fileSystem, date } = environment;
  return `# Performance

How the cost of everything grows with the store. \`npm run bench -- curves\` measures it and writes this page;
how fast Varve is side by side with other stores is what [the other suites](../bench/README.md) tell.

Varve ${varve}, Node ${node}, ${cpu}, ${cores} cores, ${fileSystem}, ${date}; 16-byte keys, 256-byte values. Each size in
processes of its own. Stores grow in two shapes: more and more keys with ten revisions each, and always the
same 1000 keys with an ever longer history. The last row is the order of growth: least squares through the
points, as a power of the number of revisions; for what every store has a fixed part of (opening, compaction,
memory, disk) from 100 000 revisions on.

${curves.map(tableOf).join('\n')}
## Charts

Both axes are logarithmic: a flat line is a constant cost, one that climbs a decade for each decade is proportional to the store.

${COSTS.map(({ title, name }) => `![${title}](${FOLDER}/${name}.svg)`).join('\n')}

## What the costs are

- **put**: not awaited, \`sync: 'interval'\`, of keys that exist. **get**: of a random key; at a past revision, one picked
  from the whole history. Stores that no longer fit the segment cache (256 MiB) read from the page cache.
- **range**: 100 neighbours from a random key on, with the count of all that follow.
- **open**: files in the page cache. After a kill the index checkpoint is removed as well, so all of the log is read.
- **compact**: everything up to the current revision, until the records are gone from the log and the index.
- **memory**: heap and external bytes of the open store, segment cache and active segment's buffer aside.
  **disk**: allocated bytes of the directory after a clean close. Both divided by the number of revisions; small
  stores show what a store takes at least.
`;
}

function tableOf(curve: Curve): string {
  const head = `| revisions | ${COSTS.map(({ title, unit }) => `${title}, ${unit}`).join(' | ')} |`;
  const line = `|--:|${COSTS.map(() => '--:').join('|')}|`;
  const rows = curve.points.map((point) => {
    const cells = COSTS.map((cost) => rounded(cost.of(point)));
    return `| ${point.revisions.toLocaleString('en')} | ${cells.join(' | ')} |`;
  });
  const orders = COSTS.map((cost) => nameOf(growthOf(curve, cost)));
  const last = `| **order** | ${orders.join(' | ')} |`;
  return `## ${capitalised(curve.shape.name)}\n\n${[head, line, ...rows, last].join('\n')}\n`;
}

const rounded = (value: number): string =>
  value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(2)));

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
