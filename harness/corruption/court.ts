/** Tries the damages of one victim, one after the other, and keeps count of what came of them. */
import type { PartFailure, PartResult } from '../crash/part.ts';
import { type Damage, inflict, nameOfDamage, touchedBy } from './damage.ts';
import type { Blow } from './damages.ts';
import { Expected } from './expected.ts';
import { fatesOf } from './fates.ts';
import { BACKUP, type Image, nameOf } from './image.ts';
import type { Random } from './life.ts';
import { type Depth, type Doors, judge, type Verdict } from './verdict.ts';
import type { Victim } from './victim.ts';

/** The name of no damage at all. */
const WHOLE = 'whole';
const CACHE_BYTES = 1024 * 1024;

export const nameOfBlow = (blow: Blow): string =>
  blow.length === 0 ? WHOLE : blow.map(nameOfDamage).join(',');

export class Court {
  readonly #victim: Victim;
  readonly #expected: Expected;
  readonly #doors: Doors;
  readonly #random: Random;
  readonly #covered = new Map<string, number>();
  #judged = 0;

  constructor(victim: Victim, doors: Doors, random: Random) {
    this.#victim = victim;
    this.#expected = new Expected(victim.changes);
    this.#doors = doors;
    this.#random = random;
  }

  get result(): PartResult {
    return { judged: this.#judged, covered: [...this.#covered] };
  }

  /** Undefined if it changes nothing. `thorough`: every check there is. */
  async try(blow: Blow, thorough: boolean): Promise<Verdict | undefined> {
    const { damaged, touched } = this.#damaged(blow);
    const depth = this.#depth();
    if (blow.length > 0 && touched.length === 0) return undefined;
    const trial = { victim: this.#victim, expected: this.#expected, damaged, touched };
    const full = { ...depth, verify: true, everyWay: true, goOn: true };
    const verdict = await judge(trial, thorough || blow.length === 0 ? full : depth, this.#doors);
    this.#judged++;
    this.#cover(blow, verdict);
    return verdict;
  }

  /** One damage of two, if it fails by itself. */
  async failure(blow: Blow, verdict: Verdict): Promise<PartFailure> {
    if (blow.length > 1) {
      for (const damage of blow) {
        const alone = await this.try([damage], true);
        if (alone !== undefined && alone.problems.length > 0) return this.failure([damage], alone);
      }
    }
    const { damaged, touched } = this.#damaged(blow);
    return {
      at: nameOfBlow(blow),
      problems: verdict.problems,
      story: [...this.#victim.story, `# ${nameOfBlow(blow)}`],
      disk: fatesOf(this.#victim.image, damaged, touched),
    };
  }

  #damaged(blow: Blow): { readonly damaged: Image; readonly touched: readonly string[] } {
    const { image, past } = this.#victim;
    let damaged = image;
    for (const damage of blow) damaged = inflict(damaged, past, damage);
    const touched = blow.flatMap(touchedBy).filter((path) => {
      const [was, is] = [image.get(path), damaged.get(path)];
      if (was === undefined || is === undefined) return was !== is;
      return Buffer.compare(was, is) !== 0;
    });
    return { damaged, touched };
  }

  #depth(): Depth {
    const random = this.#random;
    return {
      verify: random() < 0.2,
      everyWay: random() < 0.12,
      goOn: random() < 0.06,
      defragment: random() < 0.5,
      cacheSizeBytes: random() < 0.5 ? 0 : CACHE_BYTES,
    };
  }

  #cover(blow: Blow, { outcome }: Verdict): void {
    const what = blow.length === 1 ? this.#wordsFor(blow[0]!) : blow.length > 1 ? TWO : NONE;
    const name = `${what}: ${outcome}`;
    this.#covered.set(name, (this.#covered.get(name) ?? 0) + 1);
  }

  #wordsFor(damage: Damage): string {
    return `${damage.kind} in ${this.#fileKind(damage.path)}`;
  }

  #fileKind(path: string): string {
    const { active, sealed } = this.#victim;
    if (path === active) return 'the active segment';
    if (sealed.includes(path)) return 'a sealed segment';
    if (path === BACKUP) return 'a backup';
    const name = nameOf(path);
    if (name === 'MANIFEST' || name === 'CHECKPOINT') return name;
    return name.startsWith('LOCK') ? 'LOCK' : 'a leftover';
  }
}

const TWO = 'two damages at once';
const NONE = 'nothing damaged';
