/**
 * How far a run is, while it goes on. On a terminal one line is written over and over, elsewhere a line is
 * added now and then. Time is what the caller says it is.
 *
 *     [######--------------]  30%  1,234 runs  567,890 operations (56,789/s)  rules 61 of 64  10 s of 30 s
 */
import { counted, durationText, grouped, perSecond } from './text.ts';

export interface Figures {
  readonly runs: number;
  readonly operations: number;
  /** Since the run began. */
  readonly seconds: number;
  readonly rulesExercised: number;
  readonly rulesTotal: number;
  /** The run ends with whichever of the two is reached first. */
  readonly goalRuns?: number | undefined;
  readonly goalSeconds?: number | undefined;
}

/** As much of a stream as is needed: `process.stderr` is one. */
export interface ProgressOutput {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

export interface ProgressOptions {
  /** On a terminal. Default 0.1. */
  readonly secondsBetweenDraws?: number;
  /** Elsewhere. Default 10. */
  readonly secondsBetweenLines?: number;
}

const BAR_COLUMNS = 20;
const COLUMNS = 80;
const ERASE_REST_OF_LINE = '\x1b[K';

export class Progress {
  readonly #output: ProgressOutput;
  readonly #isTerminal: boolean;
  readonly #pause: number;
  /** In seconds of the run; nothing was shown yet if it is undefined. */
  #shownAt: number | undefined;
  /** What is not shown yet. */
  #waiting: Figures | undefined;

  constructor(output: ProgressOutput, options: ProgressOptions = {}) {
    const { secondsBetweenDraws = 0.1, secondsBetweenLines = 10 } = options;
    this.#output = output;
    this.#isTerminal = output.isTTY === true;
    this.#pause = this.#isTerminal ? secondsBetweenDraws : secondsBetweenLines;
  }

  update(figures: Figures): void {
    // A log has no use for a line that says nothing was done yet.
    const last = this.#shownAt ?? (this.#isTerminal ? Number.NEGATIVE_INFINITY : 0);
    this.#waiting = figures;
    if (figures.seconds - last >= this.#pause) this.#show(figures);
  }

  /** Shows the last figures, and leaves the line to whatever is printed next. */
  done(): void {
    if (this.#waiting !== undefined) this.#show(this.#waiting);
    if (this.#isTerminal && this.#shownAt !== undefined) this.#output.write('\n');
    this.#shownAt = undefined;
  }

  #show(figures: Figures): void {
    this.#shownAt = figures.seconds;
    this.#waiting = undefined;
    const text = progressText(figures);
    if (!this.#isTerminal) {
      this.#output.write(`${text}\n`);
      return;
    }
    // In the last column a terminal may go on to the next line by itself.
    const columns = (this.#output.columns ?? COLUMNS) - 1;
    this.#output.write(`\r${text.slice(0, Math.max(1, columns))}${ERASE_REST_OF_LINE}`);
  }
}

/** The line itself. */
export function progressText(figures: Figures): string {
  const { runs, operations, seconds, rulesExercised, rulesTotal, goalSeconds } = figures;
  const share = shareDone(figures);
  const speed = grouped(perSecond(operations, seconds));
  return [
    ...(share === undefined ? [] : [barOf(share)]),
    counted(runs, 'run'),
    `${counted(operations, 'operation')} (${speed}/s)`,
    `rules ${rulesExercised} of ${rulesTotal}`,
    durationText(seconds) + (goalSeconds === undefined ? '' : ` of ${durationText(goalSeconds)}`),
  ].join('  ');
}

function shareDone({ runs, seconds, goalRuns, goalSeconds }: Figures): number | undefined {
  const shares = [
    goalRuns === undefined || goalRuns === 0 ? undefined : runs / goalRuns,
    goalSeconds === undefined || goalSeconds === 0 ? undefined : seconds / goalSeconds,
  ].filter((share) => share !== undefined);
  return shares.length === 0 ? undefined : Math.min(1, Math.max(...shares));
}

function barOf(share: number): string {
  const full = Math.floor(share * BAR_COLUMNS);
  const bar = '#'.repeat(full) + '-'.repeat(BAR_COLUMNS - full);
  return `[${bar}] ${String(Math.floor(share * 100)).padStart(3)}%`;
}
