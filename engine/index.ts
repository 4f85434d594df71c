/**
 * The public door of Varve.
 *
 *     import { open } from 'varve';
 *     const store = await open('data');
 *     await store.put('greeting', 'hello');
 */
export { CompactedError, type ErrorCode, VarveError } from './base/errors.ts';
export type { Clock } from './base/clock.ts';
export type { Logger } from './base/logger.ts';
export { open, openMemory } from './open.ts';
export { ConflictError } from './txn/put.ts';
export type {
  CallOptions,
  DeleteOptions,
  DeleteResult,
  EmbeddedStore,
  HistoryOptions,
  Key,
  KeyValue,
  LeaseId,
  OpenOptions,
  PutOptions,
  PutResult,
  RangeOptions,
  RangeResult,
  ReadOptions,
  ReadView,
  Revision,
  Selector,
  Status,
  Store,
  Value,
  WatchEvent,
  WriteTxn,
} from './types.ts';
export type { FileSystem } from './vfs/fs.ts';
