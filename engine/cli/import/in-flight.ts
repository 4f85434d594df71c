/**
 * Writes that were started and not awaited one by one: a group commit takes all of them to disk in
 * one sync. Bounded in number and bytes, so that a fast source does not fill the memory; the first
 * failure is kept and stops everything after it.
 */
export class InFlight {
  readonly #countMax: number;
  readonly #bytesMax: number;
  #count = 0;
  #sizeBytes = 0;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(countMax: number, bytesMax: number) {
    this.#countMax = countMax;
    this.#bytesMax = bytesMax;
  }

  add(write: Promise<unknown>, sizeBytes: number): void {
    this.#count++;
    this.#sizeBytes += sizeBytes;
    const over = (): void => {
      this.#count--;
      this.#sizeBytes -= sizeBytes;
      this.#wake?.();
    };
    write.then(over, (error: unknown) => {
      this.#failure ??= { error };
      over();
    });
  }

  /** Resolves when another write may start; rejects with the first failure. */
  async room(): Promise<void> {
    await this.#until(() => this.#count < this.#countMax && this.#sizeBytes < this.#bytesMax);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /**
   * Resolves when every write has ended, rejects with the first failure; never before the last
   * ended.
   */
  async drained(): Promise<void> {
    await this.#until(() => this.#count === 0);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
