/**
 * The public door of Varve.
 *
 *     import { open } from 'varve';
 *     const store = await open('data');
 *     await store.put('greeting', 'hello');
 */
export { CompactedError, type ErrorCode, VarveError } from './base/errors.ts';
export type { Clock } from './base/clock.ts';
export { type ImportInfo, type ImportOptions, importSnapshot } from './bolt/import-snapshot.ts';
export type { ExportInfo } from './bolt/export-snapshot.ts';
export { type ExportOptions, exportSnapshot } from './exchange.ts';
export type { Logger } from './base/logger.ts';
export { type RestoreOptions, restoreBackup as restore } from './maintenance/restore-backup.ts';
export { type DiagnoseOptions, diagnoseDirectory as diagnose } from './maintenance/doctor.ts';
export { type SalvageOptions, salvageDirectory as salvage } from './maintenance/salvage.ts';
export { type VerifyOptions, verifyDirectory as verify } from './maintenance/verify-directory.ts';
export { open, openMemory } from './open.ts';
export {
  absent,
  createRevision,
  del,
  exists,
  get,
  lease,
  modRevision,
  put,
  value,
  version,
} from './txn/builders.ts';
export { ConflictError } from './txn/put.ts';
export type {
  BackupInfo,
  CallOptions,
  Change,
  Compare,
  Comparison,
  DamagedPart,
  DeleteOp,
  DeleteOptions,
  DeleteResult,
  Diagnosis,
  DiffOptions,
  EmbeddedStore,
  GrantOptions,
  HistoryOptions,
  Key,
  KeyValue,
  Lease,
  LeaseId,
  Leases,
  LeaseStatus,
  LeaseStatusOptions,
  Op,
  OpenOptions,
  PutOp,
  PutOptions,
  PutResult,
  RangeOp,
  RangeOptions,
  RangeResult,
  ReadOptions,
  ReadView,
  ResponseOf,
  ResponsesOf,
  Revision,
  SalvageReport,
  Selector,
  Status,
  Store,
  TornTail,
  TxnOp,
  TxnRequest,
  TxnResult,
  Value,
  VerifyReport,
  Watch,
  WatchBatch,
  WatchEvent,
  WatchOptions,
  WriteTxn,
} from './types.ts';
export type { FileSystem } from './vfs/fs.ts';
