/**
 * What the store does in the background, for whoever listens: `node:diagnostics_channel`, which tracing
 * tools know. Nothing is computed while nobody is subscribed.
 *
 *     tracingChannel('varve:compaction').subscribe({ start, asyncEnd, error })      one pair a job
 *     channel('varve:commit').subscribe(({ revision, bytes, durationMs }) => …)     one message a commit
 *
 * | channel            | context                                     | added at its end        |
 * |--------------------|---------------------------------------------|-------------------------|
 * | varve:recovery     | directory                                   | revision, keys          |
 * | varve:compaction   | directory, revision                         | removed                 |
 * | varve:clean        | directory, segments                         | bytes                   |
 * | varve:defragment   | directory                                   |                         |
 * | varve:checkpoint   | directory                                   | bytes                   |
 * | varve:backup       | directory, target                           | revision, bytes         |
 * | varve:restore      | directory, file                             | revision, bytes         |
 * | varve:hash         | directory, revision                         |                         |
 * | varve:verify       | directory                                   | problems                |
 *
 * `directory` is undefined for a store in memory. The core (mvcc, txn) does not know of any of this.
 */
import {
  type Channel,
  channel,
  type TracingChannel,
  tracingChannel,
} from 'node:diagnostics_channel';

export type TracedJob =
  | 'recovery'
  | 'compaction'
  | 'clean'
  | 'defragment'
  | 'checkpoint'
  | 'backup'
  | 'restore'
  | 'hash'
  | 'verify';

/** What subscribers get: the same object at each event of one job, so that its end may add to it. */
export interface JobContext {
  readonly directory: string | undefined;
  [detail: string]: unknown;
}

const jobs = new Map<TracedJob, TracingChannel<unknown, JobContext>>();

/** Runs the job; `context` is told at its start, its end and its failure. */
export function traced<C extends JobContext, R>(
  name: TracedJob,
  context: C,
  job: (context: C) => Promise<R>,
): Promise<R> {
  const traces = channelOf(name);
  if (!traces.hasSubscribers) return job(context);
  return traces.tracePromise<unknown, [], R>(() => job(context), context);
}

function channelOf(name: TracedJob): TracingChannel<unknown, JobContext> {
  let traces = jobs.get(name);
  if (traces === undefined) {
    traces = tracingChannel<unknown, JobContext>(`varve:${name}`);
    jobs.set(name, traces);
  }
  return traces;
}

/** One sync, and what it made durable. */
export interface CommitTrace {
  readonly directory: string;
  /** Main revision of the last transaction in it; 0 if there was none. */
  readonly revision: number;
  readonly bytes: number;
  readonly durationMs: number;
}

/** Look at `hasSubscribers` before making a message: that is all a commit pays for nobody listening. */
export const commits: Channel<CommitTrace, CommitTrace> = channel('varve:commit') as Channel<
  CommitTrace,
  CommitTrace
>;
