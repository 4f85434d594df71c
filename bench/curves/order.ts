/**
 * The order of growth that measurements show: cost = c · n^e is a straight line of slope e on two
 * logarithmic axes, and the line is laid through the points by least squares.
 */
export interface Sample {
  readonly n: number;
  readonly cost: number;
}

/** Needs two different n, and costs above 0. */
export function exponentOf(samples: readonly Sample[]): number {
  const xs = samples.map(({ n }) => Math.log(n));
  const ys = samples.map(({ cost }) => Math.log(cost));
  const meanX = xs.reduce((sum, x) => sum + x, 0) / xs.length;
  const meanY = ys.reduce((sum, y) => sum + y, 0) / ys.length;
  let covariance = 0;
  let variance = 0;
  for (const [index, x] of xs.entries()) {
    covariance += (x - meanX) * (ys[index]! - meanY);
    variance += (x - meanX) ** 2;
  }
  return covariance / variance;
}

/** 'n^0.98, linear' */
export function nameOf(exponent: number): string {
  // No minus before a zero.
  const rounded = (Math.round(exponent * 100) / 100 || 0).toFixed(2);
  return `n^${rounded}, ${kindOf(exponent)}`;
}

function kindOf(exponent: number): string {
  if (exponent < -0.1) return 'falling';
  if (exponent <= 0.1) return 'constant';
  if (exponent <= 0.35) return 'nearly constant';
  if (exponent < 0.85) return 'less than linear';
  if (exponent <= 1.15) return 'linear';
  return 'more than linear';
}
