/**
 * better-sqlite3: WAL with synchronous=FULL, which syncs the log at every commit (WAL alone means NORMAL:
 * no sync). It has no group commit, so it gets one by hand: puts queue up, and one transaction a turn of
 * the event loop takes them all.
 */
import { keyOf, valueOf } from '../keys.ts';
import type { BenchStore, Contender } from './contender.ts';
import { loadPeer } from './load-peer.ts';

interface Statement {
  run(...values: unknown[]): unknown;
  get(...values: unknown[]): unknown;
  all(...values: unknown[]): unknown[];
  iterate(...values: unknown[]): Iterable<unknown>;
  raw(): Statement;
  pluck(): Statement;
}
interface Database {
  pragma(text: string): unknown;
  exec(text: string): unknown;
  prepare(text: string): Statement;
  close(): void;
}
type Sqlite = new (path: string) => Database;

interface Waiting {
  readonly run: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const LOAD_TRANSACTION = 10_000;

export function betterSqlite3(): Contender {
  const { module: Sqlite, version } = loadPeer<Sqlite>('better-sqlite3');
  return {
    name: 'better-sqlite3',
    version,
    open: async (directory) => new SqliteStore(new Sqlite(`${directory}/data.db`)),
  };
}

class SqliteStore implements BenchStore {
  readonly #db: Database;
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #savepoint: Statement;
  readonly #release: Statement;
  readonly #insert: Statement;
  readonly #get: Statement;
  readonly #between: Statement;
  readonly #from: Statement;
  readonly readers: BenchStore['readers'];
  readonly scanners: BenchStore['scanners'];
  #queue: Waiting[] = [];

  constructor(db: Database) {
    this.#db = db;
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.exec('CREATE TABLE kv (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID');
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#insert = db.prepare('INSERT OR REPLACE INTO kv VALUES (?, ?)');
    const select = 'SELECT key, value FROM kv';
    const order = 'ORDER BY key LIMIT ?';
    this.#between = db.prepare(`${select} WHERE key >= ? AND key < ? ${order}`).raw();
    this.#from = db.prepare(`${select} WHERE key >= ? ${order}`).raw();
    this.#savepoint = db.prepare('SAVEPOINT one');
    this.#release = db.prepare('RELEASE one');
    this.#get = db.prepare('SELECT value FROM kv WHERE key = ?').pluck();
    const all = db.prepare(`${select} ORDER BY key`).raw();
    const name = 'better-sqlite3';
    this.readers = [{ name, read: (key) => this.#get.get(key) as Uint8Array | undefined }];
    this.scanners = [{ name, scan: () => countOf(all.iterate()) }];
  }

  put(key: string, value: Buffer): Promise<void> {
    return this.#inNextCommit(() => this.#insert.run(key, value));
  }

  txn(key: string, value: Buffer): Promise<void> {
    return this.#inNextCommit(() => {
      this.#savepoint.run();
      if (this.#get.get(key) !== undefined) {
        this.#insert.run(key, value);
        this.#get.get(key);
      }
      this.#release.run();
    });
  }

  async forget(below: string): Promise<void> {
    this.#db.prepare('DELETE FROM kv WHERE key < ?').run(below);
    this.#db.exec('VACUUM');
    this.#db.pragma('wal_checkpoint(TRUNCATE)');
  }

  #inNextCommit(run: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#queue.length === 0) setImmediate(this.#flush);
      this.#queue.push({ run, resolve, reject });
    });
  }

  readonly #flush = (): void => {
    const queue = this.#queue;
    this.#queue = [];
    try {
      this.#begin.run();
      for (const { run } of queue) run();
      this.#commit.run();
      for (const { resolve } of queue) resolve();
    } catch (error) {
      for (const { reject } of queue) reject(error);
    }
  };

  async load(numbers: Uint32Array): Promise<void> {
    for (let start = 0; start < numbers.length; start += LOAD_TRANSACTION) {
      this.#begin.run();
      for (const number of numbers.subarray(start, start + LOAD_TRANSACTION)) {
        this.#insert.run(keyOf(number), valueOf(number));
      }
      this.#commit.run();
    }
  }

  range(from: string, to: string | undefined, limit: number): number {
    const most = limit === 0 ? -1 : limit;
    const rows = to === undefined ? this.#from.all(from, most) : this.#between.all(from, to, most);
    return rows.length;
  }

  async close(): Promise<void> {
    this.#db.close();
  }
}

function countOf(rows: Iterable<unknown>): number {
  let count = 0;
  for (const _row of rows) count++;
  return count;
}
