/** The options of `open`, checked and with their defaults. What each means stands in `types.ts`. */
import { type Clock, systemClock } from './base/clock.ts';
import { invalidArgument } from './base/errors.ts';
import { type Logger, silentLogger } from './base/logger.ts';
import type { SyncMode } from './log/commit-job.ts';
import type { AutoCompaction, OpenOptions } from './types.ts';
import type { FileSystem } from './vfs/fs.ts';
import { nodeFs } from './vfs/node-fs.ts';

export interface StoreOptions {
  readonly createIfMissing: boolean;
  readonly readOnly: boolean;
  readonly sync: SyncMode;
  readonly batchIntervalMs: number;
  readonly batchLimit: number;
  readonly segmentSizeBytes: number;
  readonly cacheSizeBytes: number;
  readonly maxRequestBytes: number;
  readonly maxTxnOps: number;
  readonly quotaBytes: number;
  readonly autoCompaction: AutoCompaction | undefined;
  readonly leaseCheckpoints: boolean;
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly signal: AbortSignal | undefined;
}

const MIB = 1024 * 1024;
const SYNC_MODES: readonly SyncMode[] = ['commit', 'interval', 'never'];

export function storeOptions(options: OpenOptions): StoreOptions {
  const { sync = 'commit', signal } = options;
  if (!SYNC_MODES.includes(sync)) {
    throw invalidArgument(`sync is 'commit', 'interval' or 'never', not ${sync as string}`);
  }
  const maxRequestBytes = within(options, 'maxRequestBytes', 1.5 * MIB, 1, 512 * MIB);
  return {
    createIfMissing: options.createIfMissing ?? true,
    readOnly: options.readOnly ?? false,
    sync,
    batchIntervalMs: within(options, 'batchIntervalMs', 100, 0, 3_600_000),
    batchLimit: within(options, 'batchLimit', 10_000, 1, 10_000_000),
    segmentSizeBytes: within(options, 'segmentSizeBytes', 64 * MIB, 4096, 1024 * MIB),
    cacheSizeBytes: within(options, 'cacheSizeBytes', 256 * MIB, 0, Number.MAX_SAFE_INTEGER),
    maxRequestBytes,
    maxTxnOps: within(options, 'maxTxnOps', 128, 1, 1_000_000),
    quotaBytes: within(options, 'quotaBytes', 0, 0, Number.MAX_SAFE_INTEGER),
    autoCompaction: checkedPolicy(options.autoCompaction),
    leaseCheckpoints: options.leaseCheckpoints ?? true,
    fs: options.fs ?? nodeFs,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    logger: options.logger ?? silentLogger,
    signal,
  };
}

type SizeOption =
  | 'batchIntervalMs'
  | 'batchLimit'
  | 'segmentSizeBytes'
  | 'cacheSizeBytes'
  | 'maxRequestBytes'
  | 'maxTxnOps'
  | 'quotaBytes';

function checkedPolicy(policy: AutoCompaction | undefined): AutoCompaction | undefined {
  if (policy === undefined) return undefined;
  const { mode } = policy;
  const amount = mode === 'periodic' ? policy.retentionMs : mode === 'revision' ? policy.keep : -1;
  if (!Number.isSafeInteger(amount) || amount < 1) {
    throw invalidArgument(
      "autoCompaction is { mode: 'periodic', retentionMs } or { mode: 'revision', keep }, a whole number above 0",
    );
  }
  return policy;
}

function within(
  options: OpenOptions,
  name: SizeOption,
  usual: number,
  lower: number,
  upper: number,
): number {
  const value = options[name] ?? usual;
  if (!Number.isSafeInteger(value) || value < lower || value > upper) {
    throw invalidArgument(`${name} must be a whole number from ${lower} to ${upper}, not ${value}`);
  }
  return value;
}
