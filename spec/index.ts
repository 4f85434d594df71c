/** `varve/spec`: the executable specification. Begin with `Model`, and with the README beside this file. */
export type { Change } from './history.ts';
export { compareBytes, currentRevision, stateAt } from './history.ts';
export * from './crash.ts';
export {
  describeKeyValue,
  describeOperation,
  describeResponse,
  responseLines,
} from './describe.ts';
export { Chronicle, type Happening, type Made } from './guarantees/chronicle.ts';
export { type Call, effectsOf, madeBy, revisionIn } from './guarantees/calls.ts';
export { type GuaranteeName, judge, type Violation } from './guarantees/judge.ts';
export * from './guarantees/kv.ts';
export * from './guarantees/lease.ts';
export type { Asked, Checker, SeenBatch, SeenEvent, Sighting } from './guarantees/sighting.ts';
export { hashKv } from './hash-kv.ts';
export type * from './lease-types.ts';
export type * from './maintenance-types.ts';
export { Model, type ModelOptions } from './model.ts';
export { parseOperation, parseScript, type ScriptBlock } from './script-parser.ts';
export { assemble, operationsOf, runOnModel } from './script-runner.ts';
export { type Stored, storedOf, survivors } from './survivors.ts';
export { bytesOf, wordOf } from './syntax.ts';
export type * from './txn-types.ts';
export type * from './types.ts';
export type * from './watch-types.ts';
