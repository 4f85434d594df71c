/**
 * How costs grow from 10 000 revisions on: the exponent of each, fitted through all sizes. Writes the
 * page on performance with its charts.
 */
import { COSTS, type Curve, type Point, SHAPES, sizesUpTo } from '../curves/costs.ts';
import { measure } from '../curves/measure.ts';
import { nameOf } from '../curves/order.ts';
import { growthOf, writeReport } from '../curves/report.ts';
import { environmentOf } from '../environment.ts';
import { type Figure, measured } from '../figure.ts';
import type { Suite } from '../suite.ts';

export const curves: Suite = {
  name: 'curves',
  title: 'how costs grow with the number of revisions',
  onlyWhenNamed: true,
  run: async (bench) => {
    const { revisionsMax, docs, directory, date, progress } = bench.options;
    const { sizes, leftOut } = sizesUpTo(revisionsMax);
    const measuredCurves: Curve[] = [];
    for (const shape of SHAPES) {
      const points: Point[] = [];
      for (const size of sizes) points.push(await measure(bench, shape, size));
      measuredCurves.push({ shape, points });
    }
    progress('writing the report');
    writeReport(docs, environmentOf(directory, date, []), measuredCurves);
    const figures = measuredCurves.flatMap(figuresOf);
    const range = `${sizes.at(0)} to ${sizes.at(-1)} revisions`;
    const missing = leftOut.length === 0 ? '' : `; left out: ${leftOut.join(', ')} (--largest N)`;
    return [
      { ...figures[0]!, note: `${range}${missing}; written to ${docs}` },
      ...figures.slice(1),
    ];
  },
};

function figuresOf(curve: Curve): Figure[] {
  return COSTS.map((cost) => {
    const exponent = growthOf(curve, cost);
    const { exponentMax, title } = cost;
    return {
      work: `${title}: ${curve.shape.name}`,
      unit: 'exponent',
      better: 'less',
      measurements: [measured('varve', [exponent])],
      goals: [
        {
          text: `grows at most as n^${exponentMax}`,
          reached: nameOf(exponent),
          met: exponent <= exponentMax,
        },
      ],
    };
  });
}
