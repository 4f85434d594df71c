/** A real etcd through its HTTP gateway, and `etcdctl` on its files: what the tests of snapshots ask of them. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

type Json = Record<string, unknown>;

export interface EtcdKeyValue {
  readonly key: string;
  readonly value: string;
  readonly create: number;
  readonly mod: number;
  readonly version: number;
  readonly lease: string;
}

export const base64 = (text: string): string => Buffer.from(text).toString('base64');
const textOf = (encoded: unknown): string =>
  Buffer.from(typeof encoded === 'string' ? encoded : '', 'base64').toString();

/** Both bounds of all keys: the byte 0. */
const ALL = { key: 'AA==', range_end: 'AA==' };

export class Gateway {
  readonly #endpoint: string;

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  async post(path: string, body: Json): Promise<Json> {
    const response = await fetch(`${this.#endpoint}/v3/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    const answer = (await response.json()) as Json;
    if (!response.ok) throw new Error(`${path}: ${JSON.stringify(answer)}`);
    return answer;
  }

  async put(key: string, value: string, lease = '0'): Promise<number> {
    const answer = await this.post('kv/put', { key: base64(key), value: base64(value), lease });
    return Number((answer['header'] as Json)['revision']);
  }

  /** By etcdctl: the gateway's path for it leads to another hash. */
  async hashKv(revision: number): Promise<{ hash: number; compactRevision: number }> {
    const flags = ['--endpoints', this.#endpoint, '--rev', String(revision), '-w', 'json'];
    const [{ HashKV }] = JSON.parse(await etcdctl('endpoint', 'hashkv', ...flags)) as [
      { HashKV: { hash: number; compact_revision: number } },
    ];
    return { hash: HashKV.hash, compactRevision: HashKV.compact_revision };
  }

  async range(revision: number): Promise<EtcdKeyValue[]> {
    const answer = await this.post('kv/range', { ...ALL, revision });
    return ((answer['kvs'] ?? []) as Json[]).map(keyValueOf);
  }

  /** Ids, in no order. */
  async leases(): Promise<string[]> {
    const answer = await this.post('lease/leases', {});
    return ((answer['leases'] ?? []) as Json[]).map(({ ID }) => String(ID));
  }

  /** The first `count` changes of any key from a revision on: type, key and revision. */
  async watch(revision: number, count: number): Promise<string[]> {
    const stop = new AbortController();
    const response = await fetch(`${this.#endpoint}/v3/watch`, {
      method: 'POST',
      body: JSON.stringify({ create_request: { ...ALL, start_revision: revision } }),
      signal: stop.signal,
    });
    const changes: string[] = [];
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const lines = text.split('\n');
      text = lines.pop()!;
      for (const line of lines) changes.push(...changesOf(JSON.parse(line) as Json));
      if (changes.length >= count) break;
    }
    stop.abort();
    return changes;
  }
}

function keyValueOf(kv: Json): EtcdKeyValue {
  return {
    key: textOf(kv['key']),
    value: textOf(kv['value']),
    create: Number(kv['create_revision']),
    mod: Number(kv['mod_revision']),
    version: Number(kv['version']),
    lease: typeof kv['lease'] === 'string' ? kv['lease'] : '0',
  };
}

function changesOf(message: Json): string[] {
  const { events = [] } = (message['result'] ?? {}) as { events?: { type?: string; kv: Json }[] };
  return events.map(({ type = 'PUT', kv }) => {
    const { key, mod, value } = keyValueOf(kv);
    return type === 'PUT' ? `${mod} put ${key}=${value}` : `${mod} delete ${key}`;
  });
}

/** Its standard output; an error has the standard error. */
export async function etcdctl(...argv: string[]): Promise<string> {
  const env = { ...process.env, ETCDCTL_API: '3' };
  const { stdout } = await promisify(execFile)('etcdctl', argv, { env });
  return stdout;
}
