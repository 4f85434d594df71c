/** A promise that waits for a commit: one object, since there is one for every write. */
import type { CommitWaiter } from './backend/backend.ts';

export class Settling<T> implements CommitWaiter {
  readonly #value: T;
  readonly #resolve: (value: T) => void;
  readonly #reject: (error: Error) => void;

  constructor(value: T, resolve: (value: T) => void, reject: (error: Error) => void) {
    this.#value = value;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  committed(): void {
    this.#resolve(this.#value);
  }

  failed(error: Error): void {
    this.#reject(error);
  }
}
