/**
 * The door through which the harness puts each part of this folder on trial by itself. Nothing in the
 * engine goes through it, and no package export leads here.
 */
export { hashRevisions } from './hash.ts';
export { IndexImageWriter, readIndexImage } from './index-image.ts';
export { IndexRestore } from './index-restore.ts';
export { type Generation, type IndexedRevision, KeyIndex } from './key-index.ts';
export { compact, type CompactBound, isLeft, keep } from './key-index-compact.ts';
export type { KV, RangeOutcome, RangeRequest, ReadView, TxnRead, TxnWrite } from './kv.ts';
export { KvStore } from './kvstore.ts';
export { type IndexedRange, TreeIndex } from './tree-index.ts';
export { verifyIndex } from './verify-index.ts';
