/** One child, from its start to its kill to the judgement of what it left. */
import type { OpenOptions } from '../../engine/index.ts';
import { describeOperation } from '../../spec/describe.ts';
import { Model } from '../../spec/model.ts';
import { textOf } from '../conformance/audit.ts';
import { beforeCrash, type Fact } from '../crash/facts.ts';
import { TXN_OPS_MAX } from '../traffic/txn.ts';
import { REQUEST_BYTES_MAX } from '../traffic/vocabulary.ts';
import { backupProblems } from './backups.ts';
import { judge, type Judgement, type Past } from './judge.ts';
import { type Moment, phasesAtTheEnd, runUntilKilled } from './process.ts';
import type { Step, Suicide, Told } from './script.ts';
import { answeredFacts, askedFacts, continued, type Planned, planTraffic } from './traffic.ts';

/** Small segments, so that there are sealed ones to be cleaned; no cache, so that reads go to the disk. */
export const killShape: OpenOptions = {
  segmentSizeBytes: 4096,
  cacheSizeBytes: 0,
  maxRequestBytes: REQUEST_BYTES_MAX,
  maxTxnOps: TXN_OPS_MAX,
};

export interface RoundInit {
  readonly directory: string;
  /** Of the child; the judge opens what it left with `killShape`. */
  readonly options: OpenOptions;
  /** What is answered and shown counts as durable. Default: what the options say. */
  readonly promises?: boolean;
  readonly past: Past;
  readonly seed: number;
  /** Of the round among those on one directory, from 0. */
  readonly number: number;
  readonly steps: number;
  readonly moment: Moment;
  readonly suicide?: Suicide | undefined;
  /** In what it left, these are killed while they open it, before it is judged. */
  readonly recoveries: readonly { readonly moment: Moment; readonly suicide?: Suicide }[];
  readonly thorough: boolean;
  readonly random: () => number;
}

export interface RoundResult extends Judgement {
  /** Each by what it interrupted, in several respects. */
  readonly kills: readonly (readonly string[])[];
  readonly story: readonly string[];
}

const CLIENTS = 8;
/** More than any round asks for leases. */
const LEASES_PER_ROUND = 100_000;

export async function killRound(init: RoundInit): Promise<RoundResult> {
  const { directory, past, seed, number, steps } = init;
  const model = continued(
    new Model({ requestBytesMax: REQUEST_BYTES_MAX, txnOpsMax: TXN_OPS_MAX }),
    past,
  );
  const firstLease = 1 + number * LEASES_PER_ROUND;
  const backups = `${directory}-backup-${number}`;
  const plan = planTraffic({ model, steps, seed, firstLease, backups });
  const script = { directory, options: init.options, clients: CLIENTS };
  const first = await runUntilKilled(
    { ...script, steps: plan.map(({ step }) => step), suicide: init.suicide },
    init.moment,
  );
  const { told } = first;
  const lives = [told];
  const wrong = [...first.problems];
  for (const { moment, suicide } of init.recoveries) {
    const life = await runUntilKilled({ ...script, clients: 0, steps: [], suicide }, moment);
    lives.push(life.told);
    wrong.push(...life.problems);
  }
  const kills = lives.map((life, i) => [
    ...interrupted(life),
    ...(i === 0 ? howOf(init.moment, life) : ['killed after a kill']),
  ]);
  const story = storyOf(plan, lives, kills);
  if (wrong.length > 0) return { problems: wrong, kills, story };
  const { sync = 'commit' } = init.options;
  const known = factsOf(past, plan, lives, init.promises ?? sync === 'commit');
  if (known.problems.length > 0) return { problems: known.problems, kills, story };
  const before = beforeCrash(known.facts);
  try {
    const { random, thorough } = init;
    const judged = await judge({ directory, options: killShape, before, random, thorough });
    if (judged.problems.length > 0) return { ...judged, kills, story };
    const revision = judged.recovered!;
    const problems = await backupProblems({ plan, told, before, revision });
    return { ...judged, problems, kills, story };
  } catch (error) {
    return { problems: textOf(error).split('\n'), kills, story };
  }
}

/** What is known by the time of the last kill; and answers that are not what they should be. */
function factsOf(
  { changes, compactRevision, leases }: Past,
  plan: readonly Planned[],
  lives: readonly (readonly Told[])[],
  promises: boolean,
): { readonly facts: readonly Fact[]; readonly problems: readonly string[] } {
  const facts: Fact[] = [
    { fact: 'asked', changes },
    { fact: 'answered', revision: changes.at(-1)?.revision ?? 1 },
    { fact: 'asked to compact', revision: compactRevision },
    { fact: 'compacted', revision: compactRevision },
    ...leases.flatMap((id): Fact[] => [
      { fact: 'asked for lease', id },
      { fact: 'granted', id },
    ]),
  ];
  const problems: string[] = [];
  for (const told of lives.flat()) {
    if (told.told === 'asked') facts.push(...askedFacts(plan[told.step]!));
    else if (told.told === 'shown') {
      if (promises) facts.push({ fact: 'shown', revision: told.revision });
    } else if (told.told === 'answered') {
      const planned = plan[told.step]!;
      const { code, revision } = told.answer;
      // Work that a close has interrupted is not done, and that is all that is known of it.
      if (code === 'ERR_CLOSED' && isInterruptible(planned.step)) continue;
      if (promises || isFlushing(planned.step)) facts.push(...answeredFacts(planned));
      if (planned.step.op === 'backup') {
        if (revision !== undefined) facts.push({ fact: 'shown', revision });
        if (code === undefined && revision! >= planned.revision) continue;
      } else if (code === planned.answer.code && revision === planned.answer.revision) continue;
      const is = JSON.stringify(told.answer);
      const should = JSON.stringify(planned.answer);
      problems.push(`step ${told.step}, ${textOfStep(planned.step)}: ${is}, not ${should}`);
    }
  }
  return { facts, problems };
}

/** After these everything is on disk, whatever the mode. */
const isFlushing = ({ op }: Step): boolean =>
  op === 'flush' || op === 'restart' || op === 'compact';

const isInterruptible = ({ op }: Step): boolean =>
  op === 'defragment' || op === 'compact' || op === 'backup';

function howOf(moment: Moment, told: readonly Told[]): string[] {
  const isOver = told.some((line) => line.told === 'over');
  return moment === 'suicide' && !isOver ? ['killed inside a call of the disk'] : [];
}

function interrupted(told: readonly Told[]): string[] {
  if (told.length === 0) return ['killed at its start'];
  const phases = phasesAtTheEnd(told).map((phase) => `killed in ${phase}`);
  const count = (what: Told['told']): number => told.filter((one) => one.told === what).length;
  const isWriting = count('asked') > count('answered') + phases.length;
  const rest = phases.length === 0 && !isWriting ? ['killed at rest'] : [];
  return [...phases, ...(isWriting ? ['killed while writing'] : []), ...rest];
}

const textOfStep = (step: Step): string => {
  if (step.op === 'backup') return `backup ${step.target}`;
  return step.op === 'look' ? 'look' : describeOperation(step);
};

/** The last of what was told is what matters. */
const STORY_LINES_MAX = 120;

function storyOf(
  plan: readonly Planned[],
  lives: readonly (readonly Told[])[],
  kills: RoundResult['kills'],
): string[] {
  return lives.flatMap((life, i) => [
    ...life.slice(-STORY_LINES_MAX).map((told) => lineOf(plan, told)),
    `# ${kills[i]!.join(', ')}`,
  ]);
}

function lineOf(plan: readonly Planned[], told: Told): string {
  switch (told.told) {
    case 'asked':
      return `${textOfStep(plan[told.step]!.step)} # step ${told.step}`;
    case 'answered':
      return `# step ${told.step} is answered ${JSON.stringify(told.answer)}`;
    case 'shown':
      return `# ${told.revision} is shown`;
    case 'begins':
    case 'ends':
      return `# ${told.phase} ${told.told}`;
    case 'over':
    default:
      return '# the script is over';
  }
}
