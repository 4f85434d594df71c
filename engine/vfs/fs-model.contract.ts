/**
 * Random sequences of operations on one file against the plainest model there is: an array of
 * bytes. Called by fs.contract.ts.
 */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CurrentPlayground } from './fs-playground.contract.ts';
import type { File, FileSystem } from './fs.ts';

/** Each is done to the file and to the model, which tells the result both must have. */
type Operation =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: 'read'; readonly position: number; readonly length: number }
  | { readonly kind: 'truncate'; readonly size: number }
  | { readonly kind: 'sync' }
  | { readonly kind: 'reopen' }
  | { readonly kind: 'rename' };

export function fsModelContract(current: CurrentPlayground): void {
  it('does to a file what an array would do', () => {
    const { fs, directory } = current();
    let run = 0;
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
        const path = `${directory}/${run++}`;
        compare(fs, path, operations);
      }),
      { numRuns: 100 },
    );
  });
}

/** Small enough to overlap often, large enough to cross the pages of 4096 bytes. */
const position = fc.oneof(fc.nat(64), fc.nat(10_000));

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    kind: fc.constant('write' as const),
    position,
    bytes: fc.oneof(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 5000 })),
  }),
  fc.record({ kind: fc.constant('read' as const), position, length: fc.nat(12_000) }),
  fc.record({ kind: fc.constant('truncate' as const), size: position }),
  fc.record({ kind: fc.constantFrom('sync' as const, 'reopen' as const, 'rename' as const) }),
);

function compare(fs: FileSystem, start: string, operations: readonly Operation[]): void {
  let path = start;
  let file = fs.open(path, 'create');
  let model: number[] = [];
  for (const step of operations) {
    switch (step.kind) {
      case 'write':
        file.writeAt(step.bytes, step.position);
        model = written(model, step.position, step.bytes);
        break;
      case 'read':
        expectSame(
          read(file, step.position, step.length),
          model.slice(step.position, step.position + step.length),
        );
        break;
      case 'truncate':
        file.truncate(step.size);
        model = Array.from({ length: step.size }, (_, index) => model[index] ?? 0);
        break;
      case 'sync':
        file.sync();
        break;
      case 'reopen':
        file.close();
        file = fs.open(path, 'write');
        break;
      case 'rename':
        fs.rename(path, `${path}r`);
        path = `${path}r`;
        break;
      default:
        step satisfies never;
    }
    expect(file.size()).toBe(model.length);
  }
  expectSame(read(file, 0, model.length + 1), model);
  file.close();
  fs.remove(path);
}

/** Compares as bytes first: `toEqual` on thousands of elements would take most of the time. */
function expectSame(actual: Buffer, expected: readonly number[]): void {
  if (!actual.equals(Buffer.from(expected))) expect([...actual]).toEqual(expected);
}

function read(file: File, position: number, length: number): Buffer {
  const target = Buffer.alloc(length);
  return target.subarray(0, file.readAt(target, position));
}

function written(model: readonly number[], position: number, bytes: Uint8Array): number[] {
  if (bytes.length === 0) return [...model];
  const length = Math.max(model.length, position + bytes.length);
  return Array.from({ length }, (_, index) => bytes[index - position] ?? model[index] ?? 0);
}
