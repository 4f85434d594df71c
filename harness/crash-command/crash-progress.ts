/**
 * How far a part is, while it goes on. On a terminal one line is written over and over, elsewhere a line is
 * added now and then, and one at the end. Time is what the figures say it is.
 *
 *     states  [######--------------]  30%  51,234 crash states (2,049/s)  312 runs  25 s of 30 s
 */
import type { ProgressOutput } from '../report/progress.ts';
import { counted, durationText, grouped, perSecond } from '../report/text.ts';
import type { PartFigures } from './crash-report.ts';

const BAR_COLUMNS = 20;
const COLUMNS = 80;
const ERASE_REST_OF_LINE = '\x1b[K';
const PAUSE_SECONDS = { terminal: 0.1, log: 10 };

export class PartProgress {
  readonly #output: ProgressOutput;
  readonly #isTerminal: boolean;
  readonly #pause: number;
  #shownAt = 0;
  #isOpen = false;
  /** What is not shown yet. */
  #waiting: PartFigures | undefined;

  constructor(output: ProgressOutput) {
    this.#output = output;
    this.#isTerminal = output.isTTY === true;
    this.#pause = this.#isTerminal ? PAUSE_SECONDS.terminal : PAUSE_SECONDS.log;
  }

  update(figures: PartFigures): void {
    this.#waiting = figures;
    const isFirst = this.#isTerminal && !this.#isOpen;
    if (isFirst || figures.seconds - this.#shownAt >= this.#pause) this.#show(figures);
  }

  /** Shows the last figures, and leaves the line to whatever is printed next. */
  done(): void {
    if (this.#waiting !== undefined) this.#show(this.#waiting);
    if (this.#isOpen) this.#output.write('\n');
    this.#isOpen = false;
  }

  #show(figures: PartFigures): void {
    this.#shownAt = figures.seconds;
    this.#waiting = undefined;
    const text = progressTextOf(figures);
    if (!this.#isTerminal) {
      this.#output.write(`${text}\n`);
      return;
    }
    this.#isOpen = true;
    // In the last column a terminal may go on to the next line by itself.
    const columns = Math.max(1, (this.#output.columns ?? COLUMNS) - 1);
    this.#output.write(`\r${text.slice(0, columns)}${ERASE_REST_OF_LINE}`);
  }
}

/** The line itself. */
export function progressTextOf(figures: PartFigures): string {
  const { part, unit, runs, judged, seconds, goalSeconds } = figures;
  const share = shareDone(figures);
  return [
    part,
    ...(share === undefined ? [] : [barOf(share)]),
    `${grouped(judged)} ${unit} (${grouped(perSecond(judged, seconds))}/s)`,
    counted(runs, 'run'),
    durationText(seconds) + (goalSeconds === undefined ? '' : ` of ${durationText(goalSeconds)}`),
  ].join('  ');
}

function shareDone({ runs, seconds, goalRuns, goalSeconds }: PartFigures): number | undefined {
  const shares = [
    ...(goalRuns === undefined ? [] : [runs / goalRuns]),
    ...(goalSeconds === undefined ? [] : [seconds / goalSeconds]),
  ];
  return shares.length === 0 ? undefined : Math.min(1, Math.max(...shares));
}

function barOf(share: number): string {
  const full = Math.floor(share * BAR_COLUMNS);
  const bar = '#'.repeat(full) + '-'.repeat(BAR_COLUMNS - full);
  return `[${bar}] ${String(Math.floor(share * 100)).padStart(3)}%`;
}
