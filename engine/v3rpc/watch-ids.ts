/**
 * Watch ids of a stream: any 64 bits on the wire, numbers inside. Ids that no number holds exactly stand
 * inside for numbers beyond the safe integers, which no other id uses.
 */
export class WatchIds {
  readonly #inside = new Map<bigint, number>();
  readonly #wire = new Map<number, bigint>();
  #next = FIRST_STAND_IN;

  /** What it is, or would be, called inside. */
  inside(id: bigint): number {
    const asNumber = Number(id);
    if (Number.isSafeInteger(asNumber)) return asNumber;
    return this.#inside.get(id) ?? this.#next;
  }

  wire(inside: number): number | bigint {
    return this.#wire.get(inside) ?? inside;
  }

  /** It is in use from now on. */
  keep(id: bigint, inside: number): void {
    if (inside !== this.#next) return;
    this.#next -= STEP;
    this.#inside.set(id, inside);
    this.#wire.set(inside, id);
  }

  forget(inside: number): void {
    const id = this.#wire.get(inside);
    if (id === undefined) return;
    this.#wire.delete(inside);
    this.#inside.delete(id);
  }
}

/** Numbers below this are exact when they are even. */
const FIRST_STAND_IN = -(2 ** 53);
const STEP = 2;
