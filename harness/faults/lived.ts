/** A workload on a simulated disk with a fault in it: how it ends, and the judgement of what is left. */
import type { OpenOptions } from '../../engine/index.ts';
import type { FileSystem } from '../../engine/vfs/index.ts';
import { beforeCrash, type Fact } from '../crash/facts.ts';
import { BACKUPS, crashShape } from '../crash/varve-work.ts';
import type { CallKind, FaultPlan } from '../disk/fault-plan.ts';
import { faulty, type Fired } from '../disk/faulty-fs.ts';
import { type Image, SimulatedDisk } from '../disk/simulated-disk.ts';
import { JumpingClock } from './jumping-clock.ts';
import { checkLoss, judgeHonest, judgeSilent, misread } from './judgement.ts';
import { Life } from './life.ts';
import { LogRecord } from './log-record.ts';
import type { Numbers } from './numbers.ts';
import type { Honesty } from './policy.ts';
import type { Step } from './workload.ts';

/** The store is closed or not, and then the power fails or not. */
export type Ending = (typeof ENDINGS)[number];
export const ENDINGS = ['close', 'kill', 'power', 'close-power'] as const;

export interface Trial {
  readonly seed: number;
  readonly run: number;
  readonly steps: readonly Step[];
  readonly plan: FaultPlan;
  readonly ending: Ending;
  /** Whatever is drawn is drawn from this, seed and run. */
  readonly at: string;
  readonly between: (fs: FileSystem) => FileSystem;
}

export interface Outcome {
  /** The fault took place. */
  readonly fired: boolean;
  readonly problems: readonly string[];
  readonly story: readonly string[];
}

export class Lived {
  readonly life: Life;
  readonly disk: SimulatedDisk = new SimulatedDisk();
  readonly record: LogRecord;
  readonly honesty: Honesty;
  facts: readonly Fact[] = [];
  excusedAbove: number = Number.POSITIVE_INFINITY;
  /** After the life. */
  asked: number | undefined;
  readonly #steps: readonly Step[];
  readonly #fired: readonly Fired[];

  constructor(
    { steps, between }: Trial,
    plan: FaultPlan,
    honesty: Honesty,
    onCall: (kind: CallKind) => void = () => {},
  ) {
    this.disk.fs.makeDirectory(BACKUPS);
    this.honesty = honesty;
    this.#steps = steps;
    const clock = new JumpingClock();
    const { fs, fired } = faulty(this.disk.fs, plan, {
      onClockJump: (ms) => clock.jump(ms),
      onCall,
    });
    this.#fired = fired;
    let image: Image = new Map();
    this.life = new Life({
      options: optionsOn(fs, clock),
      honesty,
      onReopen: () => (image = this.disk.current()),
      onLoss: (revision) => {
        this.excusedAbove = revision;
        if (revision < beforeCrash(this.life.facts).acknowledged) {
          checkLoss(revision, this.record, misread(image, this.#fired));
        }
      },
    });
    this.record = new LogRecord(() => this.asked ?? this.life.asked);
    this.life.use(this.record.over(between(fs)));
  }

  async until(ending: Ending, numbers: Numbers): Promise<Image> {
    await this.life.live(this.#steps);
    this.facts = this.life.facts;
    return left(this.disk, ending, numbers, async () => {
      await this.life.close();
      this.facts = this.life.facts;
    });
  }

  async judge(image: Image, goOn: boolean, honesty: Honesty = this.honesty): Promise<void> {
    const { facts, record, excusedAbove } = this;
    if (honesty === 'silent') await judgeSilent({ image, facts, record, excusedAbove });
    else await judgeHonest({ image, facts }, goOn);
  }

  outcome(problems: readonly string[]): Outcome {
    const story = [...this.life.story, ...this.#fired.slice(0, FIRED_MAX).map(describeFired)];
    return { fired: this.#fired.length > 0, problems, story };
  }
}

export async function left(
  disk: SimulatedDisk,
  ending: Ending,
  numbers: Numbers,
  close: () => Promise<void>,
): Promise<Image> {
  if (ending.startsWith('close')) await close();
  const choice = disk.doubts().map(({ options }) => numbers.below(options));
  const image = ending.endsWith('power') ? disk.crash(choice) : disk.current();
  if (!ending.startsWith('close')) await close();
  return image;
}

export function optionsOn(fs: FileSystem, clock: JumpingClock): OpenOptions {
  let drawn = 0;
  return { ...crashShape, fs, clock, random: () => (drawn++ % 16) / 16 };
}

export const FIRED_MAX = 5;

export const describeFired = ({ kind, path, n, fault }: Fired): string =>
  `#   ${fault}: ${kind} ${n}, of ${path}`;
