/** How many bytes of records lie in each segment, by slot, and how many of them are alive. */
export class Space {
  /** Of all slots. */
  liveBytes = 0;
  readonly #live: number[] = [];
  readonly #total: number[] = [];
  /** Slots that hold, or may hold, records that are neither revisions nor entries: removals, buckets. */
  readonly #mixed = new Set<number>();
  /** What is neither, and not to be had back. */
  readonly #overhead: number[] = [];

  /** A record was appended. */
  add(slot: number, bytes: number): void {
    this.liveBytes += bytes;
    this.#live[slot] = (this.#live[slot] ?? 0) + bytes;
    this.#total[slot] = (this.#total[slot] ?? 0) + bytes;
  }

  /** The append was rolled back. */
  takeBack(slot: number, bytes: number): void {
    this.add(slot, -bytes);
  }

  die(slot: number, bytes: number): void {
    this.liveBytes -= bytes;
    this.#live[slot] = (this.#live[slot] ?? 0) - bytes;
  }

  revive(slot: number, bytes: number): void {
    this.die(slot, -bytes);
  }

  /** A record that was found dead. */
  addDead(slot: number, bytes: number): void {
    this.#total[slot] = (this.#total[slot] ?? 0) + bytes;
  }

  /** A record lies in another segment now. */
  move(from: number, to: number, bytes: number, isDead: boolean): void {
    this.takeBack(from, bytes);
    this.add(to, bytes);
    if (!isDead) return;
    this.revive(from, bytes);
    this.die(to, bytes);
  }

  /** A segment was dropped. */
  drop(slot: number): void {
    this.liveBytes -= this.#live[slot] ?? 0;
    this.#live[slot] = 0;
    this.#total[slot] = 0;
    this.#overhead[slot] = 0;
    this.#mixed.delete(slot);
  }

  /** A record was appended that is neither a revision nor an entry. */
  mix(slot: number): void {
    this.#mixed.add(slot);
  }
  isMixed(slot: number): boolean {
    return this.#mixed.has(slot);
  }

  /** A segment was written without anything dead; so much of it is no record. */
  setOverhead(slot: number, bytes: number): void {
    this.#overhead[slot] = bytes;
  }

  /** Every slot that ever held anything. */
  get slots(): readonly number[] {
    return [...this.#total.keys()];
  }

  liveIn(slot: number): number {
    return this.#live[slot] ?? 0;
  }

  overheadIn(slot: number): number {
    return this.#overhead[slot] ?? 0;
  }

  deadIn(slot: number): number {
    return (this.#total[slot] ?? 0) - (this.#live[slot] ?? 0);
  }
}
