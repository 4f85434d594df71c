/** Servers that the recorded cases are asked of: some that many of them share, and new ones. */
import type { RecordedCase } from '../cases/recorded.ts';
import type { Served } from './grpc-subject.ts';

export type Start = (flags: readonly string[]) => Promise<Served>;

export class Servers {
  readonly #start: Start;
  /** Started, and asked nothing at the moment. */
  readonly #idle: Served[] = [];

  constructor(start: Start) {
    this.#start = start;
  }

  /** Nobody else asks it meanwhile. A case that needs a new and empty one gets it. */
  async with<T>(recorded: RecordedCase, use: (served: Served) => Promise<T>): Promise<T> {
    const { fresh, serverFlags = [] } = recorded;
    const served = (fresh ? undefined : this.#idle.pop()) ?? (await this.#start(serverFlags));
    let isReusable = false;
    try {
      const result = await use(served);
      isReusable = !fresh;
      return result;
    } finally {
      if (isReusable) this.#idle.push(served);
      else await served.remove();
    }
  }

  async remove(): Promise<void> {
    await Promise.all(this.#idle.map((served) => served.remove()));
  }
}
