/**
 * Checks an open store while it is used: the files (every checksum, every record's shape), the index against
 * the log, what is counted against what is there, and what the store says about itself.
 */
import { traced } from '../base/tracing.ts';
import { verifyIndex } from '../mvcc/verify-index.ts';
import { verifyMeta } from '../mvcc/verify-meta.ts';
import type { VerifyReport } from '../types.ts';
import type { MaintenanceContext } from './context.ts';
import type { Stopped } from './jobs.ts';

/** More would not help anybody. */
const PROBLEMS_MAX = 100;

/** Gathers sentences, up to a number that can be read. */
export class Problems {
  readonly #found: string[] = [];
  #more = 0;

  readonly report = (problem: string): void => {
    if (this.#found.length < PROBLEMS_MAX) this.#found.push(problem);
    else this.#more++;
  };

  get any(): boolean {
    return this.#found.length > 0;
  }

  result(): VerifyReport {
    const rest = this.#more > 0 ? [`and ${this.#more} more`] : [];
    return { ok: !this.any, problems: [...this.#found, ...rest] };
  }
}

export function verifyStore(context: MaintenanceContext, stopped: Stopped): Promise<VerifyReport> {
  const { directory, logger, pacer } = context;
  return traced('verify', { directory }, async (trace) => {
    logger.debug({ directory }, 'verification begins');
    const problems = new Problems();
    await pacer().run(verifyLayers(context, problems), stopped);
    const report = problems.result();
    const outcome = { directory, problems: report.problems.length };
    if (report.ok) logger.info(outcome, 'verification found nothing');
    else logger.error({ ...outcome, first: report.problems[0] }, 'verification found problems');
    Object.assign(trace, outcome);
    return report;
  });
}

/** Yields between slices. */
export function* verifyLayers(
  { kv, backend }: Pick<MaintenanceContext, 'kv' | 'backend'>,
  { report }: Problems,
): Generator<void, void, void> {
  yield* backend.verify(report);
  const tx = backend.readTx();
  verifyMeta(tx, kv.rev(), report);
  yield* verifyIndex(kv.index, tx.revisions, report);
}
