/**
 * Watches as plain data (R90-R112). What a watch shows is asked for: `events` is everything since it was
 * asked the last time. Only a watch that is there can be asked, or cancelled; a restart ends all of them.
 */
import type { Event } from './maintenance-types.ts';
import type { Selector } from './types.ts';

export interface Watch {
  readonly op: 'watch';
  readonly name: string;
  readonly selector: Selector;
  /** The first revision it shows; 0 or absent: the next one (R91). */
  readonly from?: number;
  /** Each event with the state before its revision (R104). */
  readonly prevKv?: boolean;
  /** Events of this type (R105). */
  readonly only?: 'put' | 'delete';
}

export type WatchOperation =
  | Watch
  | { readonly op: 'events'; readonly name: string }
  | { readonly op: 'cancel'; readonly name: string };

export interface WatchAnswer {
  readonly kind: 'events';
  readonly events: readonly Event[];
}
