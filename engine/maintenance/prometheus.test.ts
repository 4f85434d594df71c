/** The text format, byte for byte. */
import { expect, test } from 'vitest';
import { Histogram } from '../base/histogram.ts';
import { exposition } from './prometheus.ts';

test('a family is its help, its type and its samples', () => {
  const text = exposition([
    { name: 'a_total', help: 'What it is.', type: 'counter', samples: [{ value: 3 }] },
    {
      name: 'b',
      help: 'Two.',
      type: 'gauge',
      samples: [
        { labels: { kind: 'x', other: 'y' }, value: -1.5 },
        { labels: { kind: 'z' }, value: 1e21 },
      ],
    },
  ]);
  expect(text).toBe(`# HELP a_total What it is.
# TYPE a_total counter
a_total 3
# HELP b Two.
# TYPE b gauge
b{kind="x",other="y"} -1.5
b{kind="z"} 1e+21
`);
});

test('help and label values are escaped, quotes in labels only', () => {
  const help = 'back\\slash "quoted"\nsecond line';
  const samples = [{ labels: { text: help }, value: 1 }];
  expect(exposition([{ name: 'a', help, type: 'gauge', samples }])).toBe(
    [
      String.raw`# HELP a back\\slash "quoted"\nsecond line`,
      '# TYPE a gauge',
      String.raw`a{text="back\\slash \"quoted\"\nsecond line"} 1`,
      '',
    ].join('\n'),
  );
});

test('numbers that are none', () => {
  const values = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
  const samples = values.map((value) => ({ value }));
  const lines = exposition([{ name: 'a', help: '', type: 'gauge', samples }]).split('\n');
  expect(lines.slice(2, -1)).toEqual(['a +Inf', 'a -Inf', 'a NaN']);
});

test('buckets are cumulated, a bound belongs to its bucket, +Inf is the count', () => {
  const histogram = new Histogram([0.001, 0.002, 0.5]);
  for (const ms of [0.2, 1, 1.5, 2, 499, 501, 90_000]) histogram.observeMs(ms);
  const metric = { name: 'd_seconds', help: 'h', type: 'histogram', histogram } as const;
  expect(exposition([metric]).split('\n').slice(1, -1)).toEqual([
    '# TYPE d_seconds histogram',
    'd_seconds_bucket{le="0.001"} 2',
    'd_seconds_bucket{le="0.002"} 4',
    'd_seconds_bucket{le="0.5"} 5',
    'd_seconds_bucket{le="+Inf"} 7',
    expect.stringMatching(/^d_seconds_sum 91\.00\d*$/) as string,
    'd_seconds_count 7',
  ]);
});
