/**
 * What a store went through, told for whoever reads of a failure: each step with what was asked and said
 * meanwhile, and each crash where it came.
 *
 *     put a 1
 *     #   asked for revision 2: put a 1
 *     # the power fails before operation 9: sync /store/0000000001.seg
 *     #   opened after a crash, at revision 1
 *     # the power fails before operation 2 of the recovery: sync names /store
 */
import { type Doubt, SimulatedDisk } from '../disk/simulated-disk.ts';
import { describeFact, type Fact } from './facts.ts';
import { PlaceError } from './part.ts';
import { type Place, placeOf } from './place.ts';
import type { Plan } from './plan.ts';
import { recoverVarve } from './varve-recovery.ts';
import { workOn } from './varve-work.ts';

/** Up to the last of these crashes. Throws a PlaceError if there is none to be had at one of them. */
export async function storyOf(plan: Plan, places: readonly Place[]): Promise<string[]> {
  const story: string[] = [];
  const tell = (fact: Fact): void => {
    const isNothing = 'revision' in fact && (fact.revision ?? 0) < 0;
    if (!isNothing) story.push(`#   ${describeFact(fact)}`);
  };
  let disk = new SimulatedDisk(plan.slowSyncs ? { syncTurns: () => 1 } : {});
  for (const [depth, place] of places.entries()) {
    const { fs } = disk;
    const here = depth === 0 ? '' : ' of the recovery';
    disk = await crashAt({ disk, place, story, here }, async () => {
      if (depth === 0) await workOn(fs, plan, tell, story);
      // What is wrong with a recovery is for the judge to say.
      else await recoverVarve(fs, tell).catch(() => {});
    });
  }
  return story;
}

interface Crash {
  readonly disk: SimulatedDisk;
  readonly place: Place;
  readonly story: string[];
  /** Said after the number of the operation. */
  readonly here: string;
}

/** What the crash leaves. Of the story what comes after it is cut off. */
async function crashAt(
  { disk, place, story, here }: Crash,
  live: () => Promise<void>,
): Promise<SimulatedDisk> {
  const { operation: wanted, choice } = place;
  let operation = 0;
  let found: { left: SimulatedDisk | undefined; doubts: readonly Doubt[] } | undefined;
  let told: readonly string[] = [];
  const at = (what: string): void => {
    if (operation++ !== wanted) return;
    const doubts = disk.doubts();
    found = { left: leftBy(disk, choice, doubts), doubts };
    const who = choice === 'killed' ? 'the process is killed' : 'the power fails';
    told = [...story, `# ${who} ${what}`];
  };
  disk.onOperation = ({ kind, path }) =>
    at(`before operation ${operation}${here}: ${kind} ${path}`);
  await live();
  at('when all is done');
  disk.onOperation = () => {};
  if (found === undefined) {
    throw new PlaceError(`crashes are at operations 0 to ${operation - 1}${here}, not ${wanted}`);
  }
  const { left, doubts } = found;
  if (left === undefined) {
    const last = doubts.map(({ options }) => options - 1);
    const [from, to] = [doubts.map(() => 0), last].map((choice) =>
      placeOf({ operation: wanted, choice }),
    );
    throw new PlaceError(
      `places at that operation${here} are ${from} to ${to}, not ${placeOf(place)}`,
    );
  }
  story.splice(0, story.length, ...told);
  return left;
}

function leftBy(
  disk: SimulatedDisk,
  choice: Place['choice'],
  doubts: readonly Doubt[],
): SimulatedDisk | undefined {
  if (choice === 'killed') return disk.killed();
  const fits =
    choice.length === doubts.length && choice.every((option, i) => option < doubts[i]!.options);
  return fits ? new SimulatedDisk({ image: disk.crash(choice) }) : undefined;
}
