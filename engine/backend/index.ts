/** 'varve/backend': the contract under the store, and the two implementations of it. */
export type {
  Backend,
  BackendSnapshot,
  BatchTx,
  CommitWaiter,
  ConcurrentReadTx,
  Entries,
  NewRevision,
  ReadTx,
  Revisions,
  StoredRevision,
} from './backend.ts';
export { ALARM_BUCKET, KEY_BUCKET, LEASE_BUCKET, META_BUCKET } from './backend.ts';
export { LogBackend, type LogBackendOptions } from './log-backend.ts';
export { MemoryBackend } from './memory-backend.ts';
export type { RevisionChunk, RevisionIndex } from './revision-index.ts';
