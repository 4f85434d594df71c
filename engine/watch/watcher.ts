/** One watch: which keys, from which revision on, and where it stands. */
import type { KeyString } from '../base/bytes.ts';
import { AFTER_ALL_KEYS } from '../base/bytes.ts';
import type { EventBatch } from './event-batch.ts';
import type { WatchStream } from './watch-stream.ts';

export interface WatchRequest {
  readonly key: KeyString;
  /** Undefined: exactly `key`. */
  readonly end?: KeyString | undefined;
  /** 0 or absent: from the next revision on (R91). */
  readonly startRevision?: number;
  /** 0 or absent: the stream picks one (R93). */
  readonly id?: number;
  readonly prevKv?: boolean;
  /** R105. */
  readonly noPut?: boolean;
  readonly noDelete?: boolean;
  /** Hears from `tick` when nothing happened (R108). */
  readonly progressNotify?: boolean;
  /** Large responses are split (R106). */
  readonly fragment?: boolean;
  /** It ends instead of falling back to the log when its stream is full. */
  readonly cancelIfSlow?: boolean;
}

/**
 * - synced: it has been offered everything up to the current revision, and gets more as it is made.
 * - unsynced: it is behind, and reads the log.
 * - victim: its stream is full, and it holds a batch that waits for room.
 * - ended: compacted, or too slow; its id stays taken until it is cancelled (R97).
 */
export type WatcherState = 'synced' | 'unsynced' | 'victim' | 'ended';

export const PREV_KV = 1;
export const NO_PUT = 2;
export const NO_DELETE = 4;

export class Watcher {
  readonly id: number;
  readonly stream: WatchStream;
  readonly key: KeyString;
  readonly end: KeyString | undefined;
  /** Watchers of one range and one flavour see the same events: PREV_KV, NO_PUT, NO_DELETE. */
  readonly flavour: number;
  readonly progressNotify: boolean;
  readonly fragment: boolean;
  readonly cancelIfSlow: boolean;
  /** 0: it began with what came next. */
  readonly startRevision: number;
  state: WatcherState = 'unsynced';
  /** Events below this are not for it: they were delivered, or come before its start. */
  minRevision: number;
  /** A victim's batch. */
  kept: EventBatch | undefined;
  /** Something was delivered since the last tick. */
  isBusy = false;

  constructor(id: number, stream: WatchStream, request: WatchRequest, minRevision: number) {
    this.id = id;
    this.stream = stream;
    this.key = request.key;
    this.end = request.end;
    this.flavour =
      (request.prevKv === true ? PREV_KV : 0) +
      (request.noPut === true ? NO_PUT : 0) +
      (request.noDelete === true ? NO_DELETE : 0);
    this.progressNotify = request.progressNotify ?? false;
    this.fragment = request.fragment ?? false;
    this.cancelIfSlow = request.cancelIfSlow ?? false;
    this.startRevision = request.startRevision ?? 0;
    this.minRevision = minRevision;
  }

  /** It has begun, and everything up to this revision was handed to its stream. */
  hasSeen(revision: number): boolean {
    const { state, startRevision, minRevision } = this;
    return state === 'synced' && startRevision <= revision && minRevision <= revision + 1;
  }
}

/** R96. */
export const isEmptyRange = ({ key, end }: WatchRequest): boolean =>
  end !== undefined && end !== AFTER_ALL_KEYS && key >= end;
