/**
 * Every golden script against the model, a store in memory and a store in a directory: the expected text
 * must be equal. VARVE_REWRITE=1 writes what the model answers into the scripts; read the diff.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { describeOperation } from '../../spec/describe.ts';
import { parseOperation, parseScript } from '../../spec/script-parser.ts';
import { assemble, runOnModel } from '../../spec/script-runner.ts';
import type { Response } from '../../spec/types.ts';
import { directoryShape, memoryShape, type Shape } from '../stores/shapes.ts';

const root = fileURLToPath(new URL('../../spec/scripts', import.meta.url));
const names = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.script'))
  .sort();
const isRewriting = process.env['VARVE_REWRITE'] === '1';

describe.each(names)('%s', (name) => {
  const path = join(root, name);

  test('model', () => {
    const text = readFileSync(path, 'utf8');
    const answered = runOnModel(text);
    if (isRewriting) writeFileSync(path, answered);
    else expect(answered).toBe(text);
  });

  test.each([memoryShape, directoryShape])('$name', async (shape) => {
    const text = readFileSync(path, 'utf8');
    expect(await runOnTarget(shape, text)).toBe(text);
  });

  test('is written in the words that reports use', () => {
    for (const { operations } of parseScript(readFileSync(path, 'utf8'))) {
      for (const operation of operations) {
        const line = describeOperation(operation);
        expect(parseOperation(line)).toEqual(operation);
      }
    }
  });
});

async function runOnTarget(shape: Shape, text: string): Promise<string> {
  const session = await shape.open();
  try {
    const blocks = [];
    for (const block of parseScript(text)) {
      const responses: Response[] = [];
      for (const operation of block.operations) responses.push(await session.answer(operation));
      blocks.push({ block, responses });
    }
    return assemble(blocks);
  } finally {
    await session.store.close();
  }
}
