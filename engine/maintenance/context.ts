/** What maintenance works on: the layers of one open store, and the seams. */
import type { Backend } from '../backend/backend.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Pacer } from '../base/pacer.ts';
import type { KvStore } from '../mvcc/kvstore.ts';
import type { FileSystem } from '../vfs/fs.ts';

export interface MaintenanceContext {
  readonly kv: KvStore;
  readonly backend: Backend;
  readonly fs: FileSystem;
  /** Undefined for a store in memory. */
  readonly directory: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A pacer of its own for each job; under pressure, of 0 to 1, it rests less. */
  readonly pacer: (pressure?: () => number) => Pacer;
}
