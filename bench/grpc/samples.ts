/** What the rounds gave, collected by work and by server, and the figures that come of it. */
import { type Figure, type Goal, measured, type Measurement, median } from '../figure.ts';
import type { Measured } from './program.ts';

export interface Sample {
  readonly by: string;
  readonly value: number;
  /** Of the whole processes, for a thousand operations; the server's if the system tells. */
  readonly serverCpuSeconds: number | undefined;
  readonly clientCpuSeconds: number;
  readonly clientShare: number;
}

export function sampleOf(by: string, taken: Measured, value: number = rateOf(taken)): Sample {
  const { serverCpuSeconds, clientShare, ms, operations } = taken;
  return {
    by,
    value,
    serverCpuSeconds:
      serverCpuSeconds === undefined ? undefined : (serverCpuSeconds * 1000) / operations,
    clientCpuSeconds: (clientShare * ms) / operations,
    clientShare,
  };
}

export const rateOf = ({ operations, ms }: Measured): number => (operations * 1000) / ms;

export interface Work {
  readonly name: string;
  readonly unit: string;
  readonly better: 'more' | 'less';
  /** In the plural: what processor time is told for a thousand of. */
  readonly operations: string;
  readonly goals?: (varve: Measurement, others: ReadonlyMap<string, Measurement>) => Goal[];
}

export class Samples {
  readonly #works: readonly Work[];
  readonly #byWork = new Map<string, Sample[]>();
  readonly #notes = new Map<string, string>();

  constructor(works: readonly Work[]) {
    this.#works = works;
  }

  add(work: Work, sample: Sample): void {
    const samples = this.#byWork.get(work.name) ?? [];
    samples.push(sample);
    this.#byWork.set(work.name, samples);
  }

  /** One for each work; the last one stays. */
  note(work: Work, text: string): void {
    this.#notes.set(work.name, text);
  }

  figures(): Figure[] {
    return this.#works.flatMap((work) => this.#figuresOf(work));
  }

  #figuresOf(work: Work): Figure[] {
    const samples = this.#byWork.get(work.name) ?? [];
    const names = [...new Set(samples.map(({ by }) => by))];
    const of = (by: string): Sample[] => samples.filter((sample) => sample.by === by);
    const measurements = names.map((by) =>
      measured(
        by,
        of(by).map(({ value }) => value),
      ),
    );
    const others = new Map(measurements.map((measurement) => [measurement.by, measurement]));
    const goals = work.goals?.(measurements[0]!, others) ?? [];
    const note = [this.#notes.get(work.name), boundNote(work, names, of)]
      .filter((text) => text !== undefined)
      .join('; ');
    const { name, unit, better } = work;
    const figure = { work: name, unit, better, measurements, goals };
    return [note === '' ? figure : { ...figure, note }, ...cpuFigures(work, names, of)];
  }
}

type SamplesOf = (by: string) => readonly Sample[];

function cpuFigures({ operations }: Work, names: readonly string[], of: SamplesOf): Figure[] {
  const unit = `CPU seconds for 1000 ${operations}`;
  return (['server', 'client'] as const).flatMap((side) => {
    const measurements = names.flatMap((by) => {
      const seconds = of(by).map((sample) => sample[`${side}CpuSeconds`]);
      const known = seconds.filter((value) => value !== undefined);
      return known.length === 0 ? [] : [measured(by, known)];
    });
    if (measurements.length < names.length) return [];
    return [{ work: `  of the ${side}`, unit, better: 'less', measurements, goals: [] }];
  });
}

/** A client that had no rest says more of itself than of the server. */
function boundNote({ name }: Work, names: readonly string[], of: SamplesOf): string | undefined {
  const busy = names.flatMap((by) => {
    const share = median(of(by).map(({ clientShare }) => clientShare));
    return share < BUSY_SHARE ? [] : [`${by} (${share.toFixed(2)} of a processor)`];
  });
  return busy.length === 0 ? undefined : `${name}: the client is the bound with ${busy.join(', ')}`;
}

const BUSY_SHARE = 0.85;
