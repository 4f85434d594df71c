/**
 * The public API in types: what a program that imports Varve sees. Bodies are in `store.ts`.
 *
 * Words: *revision*, the number every write gets (1 in an empty store, the first write is 2; R1, R2);
 * *current*, the last one; *durable*, on disk. Sizes are in bytes, times in milliseconds.
 */
export type * from './types/vocabulary.ts';
export type * from './types/open-options.ts';
export type * from './types/reading.ts';
export type * from './types/writing.ts';
export type * from './types/txn.ts';
export type * from './types/history.ts';
export type * from './types/watching.ts';
export type * from './types/leasing.ts';
export type * from './types/salvage.ts';
export type * from './types/store.ts';
