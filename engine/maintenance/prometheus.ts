/**
 * Metrics as Prometheus reads them, text format 0.0.4:
 *
 *     # HELP etcd_mvcc_put_total Puts asked for.
 *     # TYPE etcd_mvcc_put_total counter
 *     etcd_mvcc_put_total 3
 *
 * Why not a library: decision record 0010.
 */
import type { Histogram } from '../base/histogram.ts';

export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export type Metric =
  | {
      readonly name: string;
      readonly help: string;
      readonly type: 'counter' | 'gauge';
      readonly samples: readonly Sample[];
    }
  | {
      readonly name: string;
      readonly help: string;
      readonly type: 'histogram';
      readonly histogram: Histogram;
    };

/** In the order given. Names and labels are ours, so they are legal; values and help may be anything. */
export function exposition(metrics: readonly Metric[]): string {
  const lines: string[] = [];
  for (const metric of metrics) {
    const { name, help, type } = metric;
    lines.push(`# HELP ${name} ${escape(help)}`, `# TYPE ${name} ${type}`);
    if (metric.type === 'histogram') lines.push(...buckets(name, metric.histogram));
    else for (const { labels, value } of metric.samples) lines.push(line(name, labels, value));
  }
  return `${lines.join('\n')}\n`;
}

function* buckets(
  name: string,
  { boundsSeconds, counts, sumSeconds }: Histogram,
): Generator<string, void, void> {
  let count = 0;
  for (const [i, bound] of [...boundsSeconds, Number.POSITIVE_INFINITY].entries()) {
    count += counts[i]!;
    yield line(`${name}_bucket`, { le: number(bound) }, count);
  }
  yield line(`${name}_sum`, undefined, sumSeconds);
  yield line(`${name}_count`, undefined, count);
}

function line(name: string, labels: Sample['labels'], value: number): string {
  const pairs = Object.entries(labels ?? {}).map(
    ([label, text]) => `${label}="${escape(text).replaceAll('"', String.raw`\"`)}"`,
  );
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${number(value)}`;
}

const escape = (text: string): string =>
  text.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`);

function number(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}
