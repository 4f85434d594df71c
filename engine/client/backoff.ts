/** How long to wait before the next try: twice as long each time up to a bound, and never all at once. */
const FIRST_MS = 25;
const MOST_MS = 1000;

export class Backoff {
  readonly #random: () => number;
  #nextMs = FIRST_MS;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Between half of what is due and all of it. */
  nextMs(): number {
    const dueMs = this.#nextMs;
    this.#nextMs = Math.min(MOST_MS, dueMs * 2);
    return dueMs * (0.5 + this.#random() / 2);
  }

  /** It worked. */
  reset(): void {
    this.#nextMs = FIRST_MS;
  }
}
