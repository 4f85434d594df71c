/** Which requests were larger than the store takes (R44); the others, nearly all, cost nothing. */
import type { Methods } from '../wire/services.ts';

type Method = Methods[string];

export class Sizes {
  readonly #limitBytes: number;
  readonly #larger = new WeakMap<object, number>();

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** The method, noting what is too large as it is decoded. */
  noting(method: Method): Method {
    const { requestDeserialize } = method;
    return {
      ...method,
      requestDeserialize: (bytes) => {
        const request = requestDeserialize(bytes);
        if (bytes.length > this.#limitBytes) this.#larger.set(request as object, bytes.length);
        return request;
      },
    };
  }

  /** Bytes of a request; 0 if it was not too large. */
  of(request: object): number {
    return this.#larger.get(request) ?? 0;
  }
}
