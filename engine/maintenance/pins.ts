/** Revisions that somebody still reads: what holds physical compaction back. */
export class Pins {
  readonly #held = new Map<symbol, number>();
  #waiting: (() => void)[] = [];

  get count(): number {
    return this.#held.size;
  }

  /** Nothing that a read at `revision` sees is removed until the function returned is called. */
  hold(revision: number): () => void {
    const pin = Symbol('pin');
    this.#held.set(pin, revision);
    return () => {
      if (!this.#held.delete(pin)) return;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resume of waiting) resume();
    };
  }

  /** Resolves once nobody holds a revision below this one. */
  async released(revision: number): Promise<void> {
    while (this.#holdsBelow(revision)) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Whoever waits goes on and finds out why. */
  releaseAll(): void {
    this.#held.clear();
    for (const resume of this.#waiting) resume();
    this.#waiting = [];
  }

  #holdsBelow(revision: number): boolean {
    for (const held of this.#held.values()) if (held < revision) return true;
    return false;
  }
}
