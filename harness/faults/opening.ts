/** What a life has left, opened on a disk with a fault: either it works, or it says why not and loses nothing. */
import { open } from '../../engine/index.ts';
import type { FileSystem } from '../../engine/vfs/index.ts';
import { describeKeyValue } from '../../spec/describe.ts';
import { stateAt } from '../../spec/history.ts';
import { patiently } from '../conformance/audit.ts';
import { beforeCrash, type Fact } from '../crash/facts.ts';
import type { FaultPlan } from '../disk/fault-plan.ts';
import { faulty, type Fired } from '../disk/faulty-fs.ts';
import { type Image, SimulatedDisk } from '../disk/simulated-disk.ts';
import { DIRECTORY } from '../stores/disk-image.ts';
import { plainKeyValue } from '../stores/plain.ts';
import { JumpingClock } from './jumping-clock.ts';
import { checkLoss, misread } from './judgement.ts';
import {
  describeFired,
  type Ending,
  FIRED_MAX,
  left,
  type Lived,
  optionsOn,
  type Trial,
} from './lived.ts';
import type { Numbers } from './numbers.ts';
import { checkRefusal, Complaint, type Honesty } from './policy.ts';

export class Opening {
  readonly disk: SimulatedDisk;
  readonly fired: readonly Fired[];
  readonly #image: Image;
  readonly #fs: FileSystem;
  readonly #clock = new JumpingClock();
  readonly #honesty: Honesty;
  readonly #lived: Lived;
  readonly #story: string[];

  constructor(image: Image, plan: FaultPlan, honesty: Honesty, lived: Lived, story: string[]) {
    this.#image = image;
    this.disk = new SimulatedDisk({ image });
    const jump = (ms: number): void => this.#clock.jump(ms);
    const { fs, fired } = faulty(this.disk.fs, plan, { onClockJump: jump });
    this.#fs = fs;
    this.fired = fired;
    this.#honesty = honesty;
    this.#lived = lived;
    this.#story = story;
  }

  /** What it leaves in turn. */
  async run(between: Trial['between'], ending: Ending, numbers: Numbers): Promise<Image> {
    const fs = this.#lived.record.over(between(this.#fs));
    const options = optionsOn(fs, this.#clock);
    this.#story.push('# opened with the fault');
    const store = await this.#permit('open', () => open(DIRECTORY, options));
    this.#story.push(...this.fired.slice(0, FIRED_MAX).map(describeFired));
    if (store === undefined) return left(this.disk, ending, numbers, async () => {});
    const close = async (): Promise<void> => {
      await this.#permit('close', () => store.close());
    };
    try {
      const { revision } = store;
      this.#checkRevision(revision);
      const { requested } = beforeCrash(this.#lived.facts);
      const range = await this.#permit('range all', () => store.range({ all: true }));
      const is = range?.kvs.map((kv) => describeKeyValue(plainKeyValue(kv))).join(', ');
      const should = stateAt(requested, revision).map(describeKeyValue).join(', ');
      if (is !== undefined && is !== should) {
        throw new Complaint(`at ${revision} there is ${is}, should be ${should}`);
      }
      const [key, value] = ['during', 'recovery'];
      const made = { type: 'put', revision: revision + 1, key, value, lease: 0n } as const;
      this.#tell({ fact: 'asked', changes: [made] });
      this.#lived.asked = made.revision;
      const put = await this.#permit('put', () => store.put(key, value));
      if (put !== undefined) this.#tell({ fact: 'answered', revision: put.revision });
      return await left(this.disk, ending, numbers, close);
    } finally {
      await store.close().catch(() => {});
    }
  }

  #checkRevision(revision: number): void {
    const before = beforeCrash(this.#lived.facts);
    const least = Math.max(before.acknowledged, before.revealed);
    if (revision < least) {
      const lost = `opened at revision ${revision}, and ${least} was acknowledged`;
      if (this.#honesty !== 'silent') throw new Complaint(lost);
      if (revision < Math.min(least, this.#lived.excusedAbove)) {
        checkLoss(revision, this.#lived.record, misread(this.#image, this.fired));
      }
      this.#lived.excusedAbove = Math.min(this.#lived.excusedAbove, revision);
    }
    this.#tell({ fact: 'recovered', revision });
    this.#lived.record.recovered(revision);
    this.#lived.asked = revision;
    if (revision >= least) this.#tell({ fact: 'shown', revision });
  }

  #tell(fact: Fact): void {
    this.#lived.facts = [...this.#lived.facts, fact];
  }

  async #permit<T>(what: string, run: () => Promise<T>): Promise<T | undefined> {
    const [result] = await Promise.allSettled([patiently(run())]);
    if (result.status === 'fulfilled') return result.value;
    this.#story.push(`#   ${what} is refused: ${String(result.reason)}`);
    checkRefusal(what, result.reason, this.#honesty);
    return undefined;
  }
}
