/**
 * Events as `watch` and `history` print them. The letters are those of `log` and `diff`; v1, v2, ... is the
 * version, which counts the puts in one life of a key and is 0 of a delete:
 *
 *     2 A v1 config/name TAB varve
 *     3 M v2 config/name TAB etcd
 *       was 2 v1 varve                the state before, if it was asked for
 *     4 D v0 config/name
 *
 * JSON has the API's own shape.
 */
import type { KeyValue, WatchEvent } from '../types.ts';
import { escaped } from './escape.ts';
import { jsonBytes, jsonKeyValue, keyValueLine, type Paint } from './output.ts';

export const EVENT_HELP = `Each line: revision, A (added), M (modified) or D (deleted), version, key, tab,
value. The version counts the puts since the key was added; a delete has 0.`;

export const EVENT_JSON_HELP = `With --json: {"type":"put","revision":n,"isCreate":b,"kv":{...}} a line, kv being
what \`varve get --json\` prints; of a "delete" it has key and modRevision only.`;

/** A key, painted, behind the letter that says what became of it. */
export function changeText(event: WatchEvent, text: string, paint: Paint): string {
  if (event.type === 'delete') return paint('red', `D ${text}`);
  return event.isCreate ? paint('green', `A ${text}`) : `M ${text}`;
}

/** One line, or two if the event says what was before. */
export function eventLines(event: WatchEvent, paint: Paint): string[] {
  const { kv, prevKv, revision } = event;
  const isDelete = event.type === 'delete';
  const text = isDelete ? `v0 ${escaped(kv.keyBytes)}` : `v${kv.version} ${keyValueLine(kv)}`;
  const line = `${paint('yellow', String(revision))} ${changeText(event, text, paint)}`;
  return prevKv === undefined ? [line] : [line, paint('dim', beforeText(prevKv))];
}

function beforeText({ modRevision, version, value }: KeyValue): string {
  return `  was ${modRevision} v${version} ${escaped(value)}`;
}

export function jsonEvent({ type, revision, isCreate, kv, prevKv }: WatchEvent): object {
  return {
    type,
    revision,
    isCreate,
    kv:
      type === 'delete'
        ? { ...jsonBytes('key', kv.keyBytes), modRevision: kv.modRevision }
        : jsonKeyValue(kv),
    ...(prevKv === undefined ? {} : { prevKv: jsonKeyValue(prevKv) }),
  };
}
