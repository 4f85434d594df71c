/**
 * What a child process is told to do, and what it tells: the only two things that its parent and it share.
 * The parent has worked out beforehand what every step has to come to, so a step is told of by its number.
 */
import type { OpenOptions } from '../../engine/index.ts';
import type { Operation } from '../../spec/types.ts';

/** Asked in this order, by clients that each wait for the answer to their last one. */
export type Step =
  | Operation
  /** To a file that is not there yet. */
  | { readonly op: 'backup'; readonly target: string }
  /** A read of which the revision is told. */
  | { readonly op: 'look' };

export interface Script {
  readonly directory: string;
  /** Those that are plain data. */
  readonly options: OpenOptions;
  readonly clients: number;
  readonly steps: readonly Step[];
  /** Undefined: as much as the disk has. */
  readonly quota?: Quota | undefined;
  /** Of those that the limit allows, the child leaves so many for the store. */
  readonly descriptorsLeft?: number | undefined;
  /** The child kills itself in this call of the disk, counted from 1. */
  readonly suicide?: Suicide | undefined;
}

/** What this directory may hold, and all below it. */
export interface Quota {
  readonly directory: string;
  readonly bytes: number;
}

export interface Suicide {
  readonly call: number;
  /** If it is a write: how much of it is done. */
  readonly share: number;
}

export type Phase = 'open' | 'close' | 'compaction' | 'defragment' | 'backup';

/** A line each. What is asked is told before the call, what is answered after it. */
export type Told =
  | { readonly told: 'asked'; readonly step: number }
  | { readonly told: 'answered'; readonly step: number; readonly answer: Answer }
  /** By a watch, or to whoever looks at a store that was just opened. */
  | { readonly told: 'shown'; readonly revision: number }
  | { readonly told: 'begins' | 'ends'; readonly phase: Phase }
  /** The script has come to its end. */
  | { readonly told: 'over' };

/** As much of it as says whether it is the right one. */
export interface Answer {
  /** Of a refusal; one of the operating system's should not be seen here. */
  readonly code?: string;
  readonly revision?: number;
}

/** JSON, with numbers of any size. */
export function encoded(data: unknown): string {
  return JSON.stringify(data, (_, value: unknown) =>
    typeof value === 'bigint' ? { bigint: String(value) } : value,
  );
}

export function decoded(text: string): unknown {
  return JSON.parse(text, (_, value: unknown) => {
    const digits = (value as { readonly bigint?: unknown } | null)?.bigint;
    return typeof digits === 'string' ? BigInt(digits) : value;
  });
}
