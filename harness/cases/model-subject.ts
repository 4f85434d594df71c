/** The model, asked what a real etcd was asked. */
import { limits } from '../../engine/base/limits.ts';
import { Model } from '../../spec/model.ts';
import { RefusedByModel, refusalFields } from './model-answers.ts';
import { MODEL_CALLS } from './model-calls.ts';
import { ModelStream } from './model-stream.ts';
import type { Fields } from './recorded.ts';
import { type Asked, OK, WAIT_MS } from './subject.ts';

const STEP_MS = 100;

export class ModelSubject {
  readonly #model: Model;
  readonly #streams = new Map<string, ModelStream>();

  constructor() {
    this.#model = new Model({ minTtlSeconds: limits.leaseMinTtlSeconds });
  }

  get revision(): number {
    return this.#model.revision;
  }

  async ask({ op, req = {}, stream = '', events = 0, ms = WAIT_MS }: Asked): Promise<Fields> {
    switch (op) {
      case 'restart':
      // Everything was answered, so a crash leaves what a restart does (`spec/crash.ts`).
      case 'kill':
        this.#model.step({ op: 'restart' });
        return OK;
      case 'sleep':
        this.#elapse(ms);
        return OK;
      case 'watchOpen':
        this.#streams.set(stream, new ModelStream(this.#model, stream));
        return OK;
      case 'watchSend':
        this.#streams.get(stream)!.send(req);
        return OK;
      case 'watchCollect':
        return this.#streams.get(stream)!.collect(events);
      case 'watchRecv':
      case 'watchNone':
        return this.#receive(this.#streams.get(stream)!, ms);
      default:
        return this.#call(op, req);
    }
  }

  async close(): Promise<void> {}

  /** What comes by itself in so much time, if anything does. */
  #receive(stream: ModelStream, ms: number): Fields {
    for (let leftMs = ms; ; leftMs -= STEP_MS) {
      const response = stream.take();
      if (response !== undefined) return response;
      if (leftMs <= 0) return { none: true };
      this.#elapse(Math.min(STEP_MS, leftMs));
    }
  }

  #elapse(ms: number): void {
    this.#model.step({ op: 'advance', seconds: ms / 1000 });
  }

  #call(op: string, req: Fields): Fields {
    try {
      return MODEL_CALLS[op]!(this.#model, req);
    } catch (error) {
      if (error instanceof RefusedByModel) return refusalFields(error.refusal);
      throw error;
    }
  }
}
