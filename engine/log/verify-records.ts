/** The records of a frame whose checksum is right: shaped as `docs/format.md` says, revisions in order. */
import {
  FRAME_DATA,
  FRAME_HEADER_BYTES,
  type PlacedFrame,
  RECORD_HEADER_BYTES,
  type Window,
} from './format.ts';
import { emptyView } from './log-reader.ts';
import {
  RECORD_BUCKET,
  RECORD_COMPACT,
  RECORD_PUT,
  RECORD_REMOVE,
  RECORD_TOMBSTONE,
  type RecordView,
} from './record.ts';

interface Misshapen {
  readonly at: number;
  readonly what: string;
}

export class RecordCheck {
  readonly #view = emptyView();
  #main = 0;
  #sub = -1;

  /** The first thing that is wrong. */
  frame({ buffer, data, base }: Window, { at, header }: PlacedFrame): Misshapen | undefined {
    const view = this.#view;
    view.buffer = buffer;
    view.data = data;
    view.at = at - base + FRAME_HEADER_BYTES;
    const end = view.at + header.length;
    let firstRevision = 0;
    for (let record = 0; record < header.recordCount; record++) {
      const place = view.at + base;
      if (view.at + RECORD_HEADER_BYTES > end || view.end > end) {
        return { at: place, what: 'a record is longer than its frame' };
      }
      const what = this.#record(view);
      if (what !== undefined) return { at: place, what };
      if (firstRevision === 0) firstRevision = view.main;
      view.at = view.end;
    }
    if (view.at !== end) return { at: view.at + base, what: 'more bytes than records in a frame' };
    if (header.kind !== FRAME_DATA && header.recordCount > 0) {
      return { at, what: 'a mark that holds records' };
    }
    if (firstRevision === header.firstRevision) return undefined;
    const said = `${header.firstRevision} as its first revision and begins with ${firstRevision}`;
    return { at, what: `the frame names ${said}` };
  }

  #record(view: RecordView): string | undefined {
    const { bucket, kind } = view;
    if (bucket === 0 && (kind === RECORD_PUT || kind === RECORD_TOMBSTONE)) {
      return this.#revision(view);
    }
    const isKnown =
      kind === RECORD_REMOVE ||
      (bucket === 0 ? kind === RECORD_COMPACT : kind === RECORD_PUT || kind === RECORD_BUCKET);
    return isKnown ? undefined : `a record of unknown kind ${kind} in bucket ${bucket}`;
  }

  #revision(view: RecordView): string | undefined {
    const { main, sub, kind } = view;
    const before = `${this.#main}.${this.#sub}`;
    const grows = main > this.#main || (main === this.#main && sub > this.#sub);
    this.#main = main;
    this.#sub = sub;
    if (!grows) return `revision ${main}.${sub} after ${before}`;
    if (view.keyBytes === 0) return `revision ${main}.${sub} has no key`;
    if (kind === RECORD_TOMBSTONE) {
      const isEmpty = view.valueBytes === 0 && view.metadataBytes === 0;
      return isEmpty ? undefined : `the tombstone ${main}.${sub} has a value`;
    }
    view.readMetadata();
    const { create, version } = view;
    const isSane = create >= 1 && create <= main && version >= 1;
    return isSane
      ? undefined
      : `revision ${main}.${sub} has version ${version}, created in ${create}`;
  }
}
