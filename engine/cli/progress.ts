/**
 * A bar on a terminal, nothing elsewhere. It goes to standard error, so that standard output holds
 * the result alone. cli-progress is an optional dependency: without it the work goes on, after a
 * line that says how to have a bar.
 */
import type { Presets, SingleBar } from 'cli-progress';
import type { CliIo } from './io.ts';

export interface Progress {
  /** `fraction` is of the whole, 0 to 1; `done` counts what was done now, for the rate. */
  update(fraction: number, done: number): void;
  stop(): void;
}

type BarPackage = { readonly SingleBar: typeof SingleBar; readonly Presets: typeof Presets };

const STEPS = 1000;
const UPDATE_INTERVAL_MS = 100;
const NO_PROGRESS: Progress = { update() {}, stop() {} };

export async function startProgress(
  io: CliIo,
  what: string,
  load: () => Promise<BarPackage> = loadBar,
  unit = 'commits',
): Promise<Progress> {
  if (io.stderr.isTTY !== true) return NO_PROGRESS;
  let bars: BarPackage;
  try {
    bars = await load();
  } catch {
    io.stderr.write('varve: for a progress bar: npm install cli-progress\n');
    return NO_PROGRESS;
  }
  const bar = new bars.SingleBar(
    {
      format: `${what} {bar} {percentage}%  {done} ${unit}, {rate}/s, {duration_formatted}`,
      stream: io.stderr,
      hideCursor: true,
      // An interrupt is the command's to handle: it completes what it began, and stops the bar.
      gracefulExit: false,
    },
    bars.Presets.shades_classic,
  );
  bar.start(STEPS, 0, { done: 0, rate: 0 });
  return updater(bar);
}

/** Commits may come at 100 000 a second: the bar is told ten times a second. */
function updater(bar: SingleBar): Progress {
  const startedAtMs = performance.now();
  let updatedAtMs = Number.NEGATIVE_INFINITY;
  let last = { fraction: 0, done: 0 };
  const show = (nowMs: number): void => {
    const seconds = Math.max((nowMs - startedAtMs) / 1000, 0.001);
    const rate = Math.round(last.done / seconds);
    bar.update(Math.floor(Math.min(last.fraction, 1) * STEPS), { done: last.done, rate });
  };
  return {
    update(fraction, done) {
      last = { fraction, done };
      const nowMs = performance.now();
      if (nowMs - updatedAtMs < UPDATE_INTERVAL_MS) return;
      updatedAtMs = nowMs;
      show(nowMs);
    },
    stop() {
      show(performance.now());
      bar.stop();
    },
  };
}

async function loadBar(): Promise<BarPackage> {
  const { default: bars } = await import('cli-progress');
  return bars;
}
