/**
 * A store with a past, and its files: written in one session or several, closed or killed, compacted and
 * cleaned now and then, with a backup beside it. Everything in it was acknowledged as durable.
 */
import { open, type OpenOptions } from '../../engine/index.ts';
import { limits } from '../../engine/base/limits.ts';
import type { Change } from '../../spec/history.ts';
import { Model } from '../../spec/model.ts';
import type { Operation } from '../../spec/types.ts';
import { ManualClock } from '../stores/manual-clock.ts';
import { Session } from '../stores/session.ts';
import { BACKUP, DIRECTORY, type Image, pathOf } from './image.ts';
import { type Event, type Plan, storyOf } from './life.ts';
import { type LogWrite, RecordedDisk, segmentsOf } from './recorded-disk.ts';

/** What a store shows as a whole. */
export interface Moment {
  readonly revision: number;
  readonly compactRevision: number;
  /** Ascending. */
  readonly leases: readonly bigint[];
}

export interface Span {
  readonly from: number;
  to: number;
}

export interface Victim {
  readonly image: Image;
  /** What files once were, oldest first. */
  readonly past: ReadonlyMap<string, readonly Uint8Array[]>;
  readonly changes: readonly Change[];
  /** The first is that of the empty store, then one after each step. */
  readonly moments: readonly Moment[];
  /** To the log, in order; undefined where it was a copy of what the log held already. */
  readonly writes: readonly (LogWrite | undefined)[];
  /** By step, from where to where its own are among them. */
  readonly spans: readonly Span[];
  /** The steps that the checkpoint speaks for; 0 without one. */
  readonly checkpointStep: number;
  /** The steps that the backup holds; -1 without one. */
  readonly backupStep: number;
  readonly active: string;
  readonly sealed: readonly string[];
  readonly story: readonly string[];
}

/** How both the store that is damaged and the one that is opened afterwards are shaped. */
export function shape(cacheSizeBytes = 0): OpenOptions {
  let drawn = 0;
  // Small segments, so that there are sealed ones; no cache, so that reads go to the disk.
  return {
    segmentSizeBytes: 4096,
    cacheSizeBytes,
    clock: new ManualClock(),
    random: () => (drawn++ % 16) / 16,
  };
}

/** Bounds so small that a short life crosses them; they hold until `run` is through. */
export async function withSmallLimits<T>(run: () => Promise<T>): Promise<T> {
  const usual = { ...limits };
  Object.assign(limits, {
    framePayloadBytesTarget: 1500,
    zeroFillBytes: 1024,
    checkpointBytesMin: 1,
    checkpointSliceKeys: 3,
    iteratePageKeys: 3,
    idleMarkDelayMs: 1,
    compactionSliceRevisions: 8,
    cleanShare: 0.3,
    segmentSizeBytesMin: 4096,
    spareShare: 1,
  } satisfies Partial<typeof limits>);
  try {
    return await run();
  } finally {
    Object.assign(limits, usual);
  }
}

export async function victimOf(plan: Plan): Promise<Victim> {
  limits.checkpointRecordsMin = plan.checkpointRecordsMin;
  limits.restoreChunkRecords = plan.restoreChunkRecords;
  const life = new Living();
  await life.begin();
  for (const event of plan.events) await life.live(event);
  return life.end(plan);
}

class Living {
  readonly #model = new Model();
  readonly #clock = new ManualClock();
  readonly #moments: Moment[] = [momentOf(this.#model)];
  readonly #spans: Span[] = [{ from: 0, to: 0 }];
  readonly #disk = new RecordedDisk(() => this.#moments.length - 1);
  #session!: Session;
  #backupStep = -1;

  async begin(): Promise<void> {
    const options = { ...shape(), clock: this.#clock, fs: this.#disk.fs };
    const store = await open(DIRECTORY, options);
    const reopen: Session['reopen'] = async (store) => {
      await store.close();
      return open(DIRECTORY, options);
    };
    this.#session = new Session({ store, form: 'bytes', reopen });
  }

  async live(event: Event): Promise<void> {
    switch (event.event) {
      case 'idle':
        this.#clock.elapse();
        return;
      case 'reopen':
        await this.#session.answer({ op: 'restart' });
        return;
      case 'backup':
        await this.#session.store.backup!(BACKUP);
        this.#backupStep = this.#moments.length - 1;
        return;
      case 'do':
      default:
        await Promise.all(event.operations.map((operation) => this.#act(operation)));
    }
  }

  async end(plan: Plan): Promise<Victim> {
    if (plan.end === 'closed') await this.#session.store.close();
    const { log, past, checkpointStep } = this.#disk;
    const image = new Map(this.#disk.image());
    if (plan.hasLeftovers) addLeftovers(image, past);
    const segments = segmentsOf(image.get(pathOf('MANIFEST'))!);
    const victim: Victim = {
      image,
      past: new Map(past),
      changes: this.#model.changes,
      moments: this.#moments,
      writes: log.map((write) => write && { ...write }),
      spans: this.#spans,
      checkpointStep,
      backupStep: this.#backupStep,
      active: segments.at(-1)!,
      sealed: segments.slice(0, -1),
      story: storyOf(plan),
    };
    await this.#session.store.close();
    return victim;
  }

  /** The model steps first: what is written from now on belongs to this step or an earlier one. */
  async #act(operation: Operation): Promise<void> {
    const { writes } = this.#disk;
    this.#model.step(operation);
    this.#moments.push(momentOf(this.#model));
    const span: Span = { from: writes.length, to: writes.length + 1 };
    this.#spans.push(span);
    await this.#session.answer(operation);
    // The first write of a compaction makes it; then follows what it removes.
    if (operation.op !== 'compact') span.to = Math.max(span.to, writes.length);
  }
}

const momentOf = ({ revision, compactRevision, leases }: Model): Moment => ({
  revision,
  compactRevision,
  leases: leases.map(({ id }) => id).sort((a, b) => (a < b ? -1 : 1)),
});

/** Nothing of it holds anything durable. */
function addLeftovers(
  image: Map<string, Uint8Array>,
  past: ReadonlyMap<string, readonly Uint8Array[]>,
): void {
  const owner = '{"id":"of-a-process-that-is-gone","pid":1,"hostname":"h","since":"2020"}\n';
  image.set(pathOf('LOCK'), Buffer.from(owner));
  image.set(pathOf('LOCK.7f.tmp'), Buffer.from(owner.slice(0, 20)));
  const manifest = image.get(pathOf('MANIFEST'))!;
  image.set(pathOf('MANIFEST.tmp'), manifest.slice(0, manifest.length - 7));
  const checkpoint = past.get(pathOf('CHECKPOINT.tmp'))?.at(-1);
  if (checkpoint !== undefined) image.set(pathOf('CHECKPOINT.old'), checkpoint);
  for (const [path, versions] of past) {
    if (path.endsWith('.seg') && !image.has(path)) image.set(path, versions.at(-1)!);
  }
}
