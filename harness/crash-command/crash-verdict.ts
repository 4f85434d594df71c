/** What a run comes to, in one word and in one sentence. */
import type { PartName } from '../crash/part.ts';
import type { CrashRunReport } from './crash-report.ts';

export interface CrashVerdict {
  /** `incomplete`: nothing is wrong, but some part has judged nothing, and that proves nothing. */
  readonly word: 'clean' | 'failed' | 'incomplete';
  readonly text: string;
}

const BLOWS: Readonly<Record<PartName, string>> = {
  states: 'a power cut',
  faults: 'a call that failed',
  corruption: 'damage',
  kills: 'a kill',
};

export function crashVerdictOf({ parts }: CrashRunReport): CrashVerdict {
  const failed = parts.filter(({ failure }) => failure !== undefined);
  if (failed.length > 0) {
    const blows = failed.map(({ part }) => `after ${BLOWS[part]}`).join(', and ');
    return { word: 'failed', text: `the store is not what it must be ${blows}` };
  }
  const idle = parts.filter(({ judged }) => judged === 0).map(({ part }) => part);
  if (parts.length === 0) return { word: 'incomplete', text: 'no part has run' };
  if (idle.length > 0) return { word: 'incomplete', text: `${idle.join(' and ')} judged nothing` };
  return {
    word: 'clean',
    text: 'nothing acknowledged was lost, and nothing was shown that never was',
  };
}
