/**
 * A read goes through every door that the store has for it: awaited and synchronous, durable and not,
 * by option and by view, whole and page by page. All of them must say the same.
 */
import type { KeyValue as StoreKeyValue, RangeResult, ReadView } from '../../engine/index.ts';
import { describeResponse } from '../../spec/describe.ts';
import type { Count, Get, KeyValue, Range, RangeOptions, Response } from '../../spec/types.ts';
import { answered, gotten, ranged } from './answers.ts';
import { isSame } from '../conformance/same.ts';
import type { AnyStore } from './any-store.ts';
import { call, type KeyForm, plainKeyValue } from './plain.ts';

/** Doors by name. */
type Doors = Record<string, () => Response | Promise<Response>>;

export interface Reader {
  readonly store: AnyStore;
  readonly form: KeyForm;
  /** Nothing else is under way, so all doors must say the same; else one of them is asked. */
  readonly isAlone: boolean;
  /** Answers through other doors than the first, which were the same. */
  furtherAnswers: number;
}

export function readGet(reader: Reader, operation: Get): Promise<Response> {
  const { key, op: _, ...options } = operation;
  const { store, form } = reader;
  const { revision, ...rest } = options;
  const get = async (view: ReadView, options: object): Promise<Response> =>
    gotten(await call(form, (by) => view.get(by.bytes(key), options)));
  const has = async (): Promise<Response> => {
    const found = await call(form, (by) => store.has(by.bytes(key), options));
    const answer = await get(store, options);
    if (answer.kind === 'get' && found === (answer.kv !== undefined)) return answer;
    throw new Error(`has() is ${found} and get() says: ${describeResponse(answer)}`);
  };
  return agreed(reader, {
    get: () => get(store, options),
    ...(store.getSync !== undefined && {
      getSync: () => gotten(call(form, (by) => store.getSync!(by.bytes(key), options))),
    }),
    serializable: () => get(store, { ...options, serializable: true }),
    has,
    ...at(reader, revision, (view) => get(view, rest)),
  });
}

export function readRange(reader: Reader, operation: Range): Promise<Response> {
  const { selector, op: _, ...options } = operation;
  const { store, form } = reader;
  const { revision, ...rest } = options;
  const range = async (view: ReadView, options: object): Promise<Response> =>
    ranged(await call(form, (by) => view.range(by.selector(selector), options)));
  return agreed(reader, {
    range: () => range(store, options),
    ...(store.rangeSync !== undefined && {
      rangeSync: () => ranged(call(form, (by) => store.rangeSync!(by.selector(selector), options))),
    }),
    serializable: () => range(store, { ...options, serializable: true }),
    ...at(reader, revision, (view) => range(view, rest)),
    ...((options.sort ?? 'key') === 'key' && {
      iterate: () => iterated(reader, selector, options),
    }),
  });
}

export function readCount(reader: Reader, operation: Count): Promise<Response> {
  const { selector, op: _, ...options } = operation;
  const count = async (view: ReadView, options: object): Promise<Response> => ({
    kind: 'count',
    count: await call(reader.form, (by) => view.count(by.selector(selector), options)),
  });
  return agreed(reader, {
    count: () => count(reader.store, options),
    serializable: () => count(reader.store, { ...options, serializable: true }),
    ...at(reader, options.revision, (view) => count(view, {})),
  });
}

/** In a snapshot, which has fewer doors, and whose revision is fixed. */
export function readIn(
  reader: Reader,
  view: ReadView,
  read: Get | Range | Count,
): Promise<Response> {
  const { form } = reader;
  switch (read.op) {
    case 'get': {
      const { key, op: _, ...options } = read;
      const get = async (options: object): Promise<Response> =>
        gotten(await call(form, (by) => view.get(by.bytes(key), options)));
      const pinned = { ...options, revision: 1 };
      // A view is of one revision, whatever is asked for.
      return agreed(reader, { get: () => get(options), pinned: () => get(pinned) }, true);
    }
    case 'count':
      return answered(async () => ({
        kind: 'count',
        count: await call(form, (by) => view.count(by.selector(read.selector))),
      }));
    case 'range':
    default: {
      const { selector, op: _, ...options } = read;
      const range = async (): Promise<RangeResult> =>
        call(form, (by) => view.range(by.selector(selector), options));
      const iterate = async (): Promise<Response> => {
        const kvs = await pages(call(form, (by) => view.iterate(by.selector(selector), options)));
        return { ...ranged(await range()), kvs } as Response;
      };
      const doors = {
        range: async () => ranged(await range()),
        ...((options.sort ?? 'key') === 'key' && { iterate }),
      };
      return agreed(reader, doors, true);
    }
  }
}

async function pages(kvs: AsyncIterable<StoreKeyValue>): Promise<KeyValue[]> {
  const plain = [];
  for await (const kv of kvs) plain.push(plainKeyValue(kv));
  return plain;
}

/** `at` is for revisions that are meant: 0 and below mean "now" as an option only. */
function at(
  { store }: Reader,
  revision: number | undefined,
  ask: (view: ReadView) => Promise<Response>,
): Doors {
  if (revision === undefined || revision < 1) return {};
  return { at: () => ask(store.at(revision)) };
}

/** `iterate` gives no count, `more` and revision: those are taken from `range`. */
async function iterated(
  { store, form }: Reader,
  selector: Range['selector'],
  options: RangeOptions,
): Promise<Response> {
  const kvs = await pages(call(form, (by) => store.iterate(by.selector(selector), options)));
  const whole = await call(form, (by) => store.range(by.selector(selector), options));
  return { ...ranged(whole), kvs } as Response;
}

/** The one answer that all doors give. */
/** `isAlone`: nothing that is under way can change what is shown. */
async function agreed(
  reader: Reader,
  doors: Doors,
  isAlone: boolean = reader.isAlone,
): Promise<Response> {
  let agreed: Response | undefined;
  for (const [name, ask] of Object.entries(doors)) {
    const answer = await answered(ask);
    if (!isAlone) return answer;
    if (agreed !== undefined) reader.furtherAnswers++;
    agreed ??= answer;
    if (!isSame(answer, agreed)) {
      const [first] = Object.keys(doors);
      throw new Error(
        `"${name}" answers: ${describeResponse(answer)}\n"${first}" answers: ${describeResponse(agreed)}`,
      );
    }
  }
  return agreed!;
}
