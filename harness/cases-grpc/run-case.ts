/** One recorded case, asked of a server over gRPC. */
import { isDeepStrictEqual } from 'node:util';
import type { Departure } from '../cases/departures.ts';
import { type Fields, type RecordedCase, resolved, type Step } from '../cases/recorded.ts';
import { type Compared, compared, picked } from './compared.ts';
import { GrpcSubject, type Served } from './grpc-subject.ts';

export interface StepOutcome extends Compared {
  /** As in `step 3, range`. */
  readonly step: string;
  /** The listed departure answers what was recorded after all. */
  readonly isNoDeparture: boolean;
}

/** What was answered to each step, beside what should have been. */
export async function runCase(
  recorded: RecordedCase,
  served: Served,
  departure: Departure | undefined,
): Promise<readonly StepOutcome[]> {
  const subject = new GrpcSubject(served);
  try {
    const base = recorded.fresh ? 1 : await subject.emptied();
    const hashes = new Map<string, unknown>();
    const outcomes: StepOutcome[] = [];
    for (const [index, step] of recorded.steps.entries()) {
      const answer = await ask(subject, step, base, hashes);
      const instead = departure?.answers[index];
      const asRecorded = compared(answer, step, step.expect, base);
      outcomes.push({
        ...(instead === undefined ? asRecorded : compared(answer, step, instead, base)),
        step: `step ${index}, ${step.op}`,
        isNoDeparture:
          instead !== undefined && isDeepStrictEqual(asRecorded.actual, asRecorded.expected),
      });
    }
    return outcomes;
  } finally {
    subject.close();
  }
}

async function ask(
  subject: GrpcSubject,
  step: Step,
  base: number,
  hashes: Map<string, unknown>,
): Promise<Fields> {
  const answer = await subject.ask({ ...step, req: resolved(step.req ?? {}, base) as Fields });
  const { saveHash, eqHash } = step;
  if (saveHash !== undefined) hashes.set(saveHash, answer['hash']);
  if (eqHash !== undefined) {
    return { hashEquals: eqHash, equal: answer['hash'] === hashes.get(eqHash) };
  }
  return picked(answer, step);
}
