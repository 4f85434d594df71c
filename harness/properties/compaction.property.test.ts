/**
 * Compaction takes away what it may and nothing else: at whichever revision of a history it happens, and
 * however far it has got. What is read in a snapshot stays, whatever is compacted and cleaned meanwhile.
 */
import { array, asyncProperty } from 'fast-check';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeResponse } from '../../spec/describe.ts';
import type { Model } from '../../spec/model.ts';
import { Model as Reference } from '../../spec/model.ts';
import type { Operation } from '../../spec/types.ts';
import { audit, Disagreement } from '../conformance/audit.ts';
import { holds } from './replay.ts';
import type { Session } from '../stores/session.ts';
import { shrinkLimits } from '../stores/small-limits.ts';
import { memoryShape, type Shape, shapes } from '../stores/shapes.ts';
import { change } from '../traffic/changes.ts';
import type { Command } from '../conformance/trial.ts';
import { compact, defragment } from '../traffic/maintenance.ts';
import { TXN_OPS_MAX } from '../traffic/txn.ts';
import { obey, onTrial, restart } from '../conformance/trial.ts';
import { REQUEST_BYTES_MAX } from '../traffic/vocabulary.ts';

shrinkLimits();

const FILE = 'harness/properties/compaction.property.test.ts';
const RUNS = 10;
const tiny = shapes.filter(({ name }) => /no cache|killed/.test(name));

const changes = array(change, { minLength: 1, maxLength: 16, size: 'max' });

test.each([memoryShape, ...tiny])(
  'compaction at every revision: $name',
  async (shape) => {
    const property = asyncProperty(changes, fc.boolean(), async (drafts, physical) => {
      const model = new Reference({ requestBytesMax: REQUEST_BYTES_MAX, txnOpsMax: TXN_OPS_MAX });
      for (const draft of drafts) model.step(draft(model));
      for (let revision = 1; revision <= model.revision; revision++) {
        await compactedAt(shape, drafts, revision, physical);
      }
    });
    await holds(`compaction at every revision: ${shape.name}`, FILE, RUNS, property);
  },
  600_000,
);

function compactedAt(
  shape: Shape,
  drafts: Command['drafts'],
  revision: number,
  physical: boolean,
): Promise<void> {
  return onTrial(shape, async (model, session, story) => {
    const step = (operation: Operation): Promise<void> =>
      obey({ drafts: [() => operation] }, model, session, story);
    for (const draft of drafts) await obey({ drafts: [draft] }, model, session, story);
    await step({ op: 'compact', revision, ...(physical && { physical }) });
    await audit(model, session, story);
    await restart(model, session, story);
    await audit(model, session, story);
    await step({ op: 'defragment' });
    await audit(model, session, story);
    // What was left must do for the next compaction.
    if (revision < model.revision) {
      await step({ op: 'compact', revision: model.revision, physical: true });
    }
    await restart(model, session, story);
    await audit(model, session, story);
  });
}

const rounds = array(
  fc.record({
    taken: fc.boolean(),
    drafts: array(
      fc.oneof(
        { weight: 6, arbitrary: change },
        { weight: 3, arbitrary: compact },
        { weight: 1, arbitrary: defragment },
      ),
      { minLength: 1, maxLength: 5 },
    ),
  }),
  { minLength: 1, maxLength: 16, size: 'max' },
);

test.each([memoryShape, ...tiny])(
  'a snapshot stays as it is: $name',
  async (shape) => {
    const property = asyncProperty(rounds, (rounds) =>
      onTrial(shape, async (model, session, story) => {
        const first: string[] = [];
        for (const { taken, drafts } of rounds) {
          await obey({ drafts }, model, session, story);
          if (taken) {
            const name = `s${first.length}`;
            await obey({ drafts: [() => ({ op: 'snapshot', name })] }, model, session, story);
            first.push(await contents(session, name));
          }
          for (const [number, was] of first.entries()) {
            const is = await contents(session, `s${number}`);
            if (is === was) continue;
            throw new Disagreement(
              [...story, `  s${number} was ${was}`, `  and is ${is}`].join('\n'),
            );
          }
        }
        await releaseAll(model, session, story, first.length);
        await audit(model, session, story);
      }),
    );
    await holds(`a snapshot stays as it is: ${shape.name}`, FILE, 4 * RUNS, property);
  },
  600_000,
);

/** Without what is not the snapshot's: the current revision. */
async function contents(session: Session, name: string): Promise<string> {
  const answer = await session.answer({
    op: 'in',
    name,
    read: { op: 'range', selector: { all: true } },
  });
  return describeResponse({ ...answer, revision: 0 } as typeof answer);
}

/** Then everything goes that they held back. */
async function releaseAll(
  model: Model,
  session: Session,
  story: string[],
  count: number,
): Promise<void> {
  for (let number = 0; number < count; number++) {
    await obey({ drafts: [() => ({ op: 'release', name: `s${number}` })] }, model, session, story);
  }
  const { revision } = model;
  if (revision > model.compactRevision) {
    const last: Operation = { op: 'compact', revision, physical: true };
    await obey({ drafts: [() => last] }, model, session, story);
  }
  expect(model.snapshots.size).toBe(0);
}
