/**
 * The same traffic gives the same answers, the same history and the same hashes, however a store is shaped:
 * segment sizes, caches, sync modes, batch limits, in memory or on disk, closed or killed in between. Nobody
 * says here what the answers should be: two shapes are compared with each other, the model only lends the
 * drafts a current revision.
 */
import { asyncProperty } from 'fast-check';
import { expect, test } from 'vitest';
import { describeOperation, describeResponse } from '../../spec/describe.ts';
import { Model } from '../../spec/model.ts';
import type { Operation } from '../../spec/types.ts';
import { memoryShape, type Shape, shapes } from '../stores/shapes.ts';
import { shrinkLimits } from '../stores/small-limits.ts';
import type { Draft } from '../traffic/draft.ts';
import { ALL_FEATURES } from '../traffic/features.ts';
import type { StoreCommand } from '../traffic/program.ts';
import { PROFILES } from '../traffic/profiles.ts';
import { programs } from '../traffic/programs.ts';
import { TXN_OPS_MAX } from '../traffic/txn.ts';
import { REQUEST_BYTES_MAX } from '../traffic/vocabulary.ts';
import { holds } from './replay.ts';

shrinkLimits();

const RUNS = 8;
const FILE = 'harness/properties/metamorphic.property.test.ts';
/** One of another kind each time, so that every shape is compared with the first. */
const others = shapes.filter((shape) => shape !== memoryShape);

test.each(PROFILES)(
  'the same under every shape: %s',
  async (profile) => {
    const property = asyncProperty(programs(profile, ALL_FEATURES), async ({ commands }) => {
      const first = await told(memoryShape, commands);
      for (const shape of others) expect(await told(shape, commands)).toEqual(first);
    });
    await holds(profile, FILE, RUNS, property);
  },
  600_000,
);

test('and would not be, had one of them written anything else', async () => {
  const [first, second] = [await told(memoryShape, [put('1')]), await told(others[0]!, [put('2')])];
  const differing = first.filter((line, place) => line !== second[place]);
  expect(differing.map((line) => line.split(' ')[0])).toEqual(['put', 'history', 'hashkv']);
});

function put(value: string): StoreCommand {
  return { do: 'ask', drafts: [() => ({ op: 'put', key: 'a', value })], awaited: true };
}

/** Every operation with its answer, one after another; then the whole past. */
async function told(shape: Shape, commands: readonly StoreCommand[]): Promise<string[]> {
  const options = { maxRequestBytes: REQUEST_BYTES_MAX, maxTxnOps: TXN_OPS_MAX };
  const session = await shape.open(options);
  const model = new Model({ requestBytesMax: REQUEST_BYTES_MAX, txnOpsMax: TXN_OPS_MAX });
  const lines: string[] = [];
  const ask = async (operation: Operation): Promise<void> => {
    model.step(operation);
    const response = await session.answer(operation);
    lines.push(`${describeOperation(operation)} -> ${describeResponse(response)}`);
  };
  try {
    for (const command of commands) {
      if (command.do === 'restart') await restart();
      for (const draft of draftsOf(command)) await ask(draft(model));
    }
    await ask({ op: 'history', selector: { all: true } });
    for (
      let revision = Math.max(1, model.compactRevision);
      revision <= model.revision;
      revision++
    ) {
      await ask({ op: 'hashkv', revision });
    }
  } finally {
    await session.store.close();
  }
  return lines;

  async function restart(): Promise<void> {
    await ask({ op: 'restart' });
    for (const { id } of model.leases) await ask({ op: 'keepalive', id });
  }
}

/** One after another, whoever asks. */
function draftsOf(command: StoreCommand): readonly Draft[] {
  if (command.do === 'ask') return command.drafts;
  return command.do === 'clients' ? command.clients.flat() : [];
}
