/**
 * The conformance harness as a function, for anyone's test suite:
 *
 *     import { conformance } from 'varve/harness';
 *     import { openMemory } from 'varve';
 *
 *     test('my store does what etcd does', async () => {
 *       await conformance({ open: (options) => openMemory(options), runs: 200 });
 *     });
 *
 * It rejects with a ConformanceFailure whose message is the whole story: the smallest program that fails, the
 * two answers side by side, and how to run it again.
 */
import type { OpenOptions, Store } from '../../engine/index.ts';
import type { RunReport } from '../report/run-report.ts';
import { summaryOf } from '../report/summary.ts';
import { conformanceRun } from '../runner/conformance-run.ts';
import { LocalHand } from '../runner/local-hand.ts';
import type { AnyStore } from '../stores/any-store.ts';
import { Session } from '../stores/session.ts';
import type { Shape } from '../stores/shapes.ts';
import { VirtualClock } from '../stores/virtual-clock.ts';
import { storeTarget } from '../targets/store-target.ts';
import { STORE_RULES } from '../exercised/note.ts';
import type { Feature } from '../traffic/features.ts';
import type { Profile } from '../traffic/profiles.ts';

export interface ConformanceOptions {
  /**
   * A fresh, empty store. The options are for `open` and `openMemory`: a clock that the harness moves, and
   * small limits. A store that has no use for them sets `takesOptions` to false.
   */
  readonly open: (options: OpenOptions) => Store | Promise<Store>;
  /** Closes the store and opens it again with the same content; absent: it is never closed before the end. */
  readonly reopen?: (store: Store, options: OpenOptions) => Store | Promise<Store>;
  /** Default true. False: the limits are etcd's own, and there are no leases, since
   * their time cannot be told. */
  readonly takesOptions?: boolean;
  /** In messages. Default 'store'. */
  readonly name?: string;
  /** Default 'uniform'. */
  readonly profile?: Profile;
  /** 32-bit integer; default a fresh one. The same seed gives the same programs. */
  readonly seed?: number;
  /** Programs; default 100, or as many as `timeMs` allows. */
  readonly runs?: number;
  readonly timeMs?: number;
  /** Features of traffic that are never used. */
  readonly without?: readonly Feature[];
  /** How long a failure may be made smaller. Default 10 000. */
  readonly shrinkMs?: number;
  /** Of a failure that is to be run again: its `run` and `path`. */
  readonly replay?: { readonly run: number; readonly path: string };
}

/** `message` tells everything; `report` is the same as data, for `htmlOf` and others. */
export class ConformanceFailure extends Error {
  override readonly name = 'ConformanceFailure';
  readonly report: RunReport;

  constructor(report: RunReport) {
    super(summaryOf(report).join('\n'));
    this.report = report;
  }
}

/** Rejects with a ConformanceFailure at the first answer that is not the model's. */
export async function conformance(options: ConformanceOptions): Promise<RunReport> {
  const { profile = 'uniform', timeMs, replay, name = 'store', shrinkMs = 10_000 } = options;
  const missing = await featuresWithout(options);
  const shape = shapeOf(name, options);
  const target = storeTarget({ name, shapes: [shape], without: missing, rules: STORE_RULES });
  const opening = target.opening?.length ?? 0;
  const runs = options.runs ?? (timeMs === undefined ? 100 : Number.MAX_SAFE_INTEGER);
  const plan = {
    profile,
    seed: options.seed ?? Math.floor(Math.random() * 2 ** 31),
    swarm: true,
    without: [],
    shrinkMs,
  };
  const report = await conformanceRun({
    target: name,
    // Which rules can be exercised depends on what the store can do, and on how much it is given to do.
    rules: [],
    plan,
    budget: {
      from: replay?.run ?? -opening,
      runs: replay === undefined ? runs + opening : 1,
      timeMs: timeMs ?? Number.POSITIVE_INFINITY,
      now: () => performance.now(),
    },
    goalRuns: options.runs,
    goalSeconds: undefined,
    hands: [new LocalHand(target, plan, replay?.path)],
    onProgress: () => {},
    replayOf: ({ run, path }) =>
      `conformance({ …, seed: ${plan.seed}, replay: { run: ${run}, path: '${path}' } })`,
  });
  if (report.failure !== undefined) throw new ConformanceFailure(report);
  return report;
}

/** What this store cannot be asked, found by looking at one. */
async function featuresWithout(options: ConformanceOptions): Promise<Feature[]> {
  const { takesOptions = true, reopen, without = [] } = options;
  const store: AnyStore = await options.open(takesOptions ? seams(new VirtualClock()) : {});
  await store.close();
  const can: Readonly<Partial<Record<Feature, boolean>>> = {
    writes: store.write !== undefined,
    snapshots: store.snapshot !== undefined,
    history: store.history !== undefined && store.diff !== undefined,
    restarts: reopen !== undefined,
    clock: takesOptions,
    // How long a lease has left is compared to the second.
    leases: takesOptions,
  };
  const cannot = (Object.keys(can) as Feature[]).filter((feature) => can[feature] === false);
  return [...without, ...cannot];
}

function shapeOf(name: string, options: ConformanceOptions): Shape {
  const { takesOptions = true } = options;
  return {
    name,
    isDurable: false,
    ...(!takesOptions && { limits: {} }),
    async open(limits = {}) {
      const clock = new VirtualClock();
      const given: OpenOptions = takesOptions ? { ...limits, ...seams(clock) } : {};
      const store: AnyStore = await options.open(given);
      const reopen: Session['reopen'] = async (store) =>
        (await options.reopen?.(store, given)) ?? store;
      return new Session({
        store,
        form: 'bytes',
        reopen,
        clock: takesOptions ? clock : undefined,
        isRemote: store.getSync === undefined,
      });
    },
  };
}

const seams = (clock: VirtualClock): OpenOptions => ({ clock, leaseCheckpoints: false });
