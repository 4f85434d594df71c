/** The command line in process: arguments in, exit code and both outputs back. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterEach, beforeEach } from 'vitest';
import type { CliInput, CliIo, CliOutput } from './io.ts';
import { run } from './run.ts';

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Setting {
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly isTerminal?: boolean;
  readonly signal?: AbortSignal;
}

export async function varve(argv: readonly string[], setting: Setting = {}): Promise<Outcome> {
  const out = new Capture(setting.isTerminal);
  const err = new Capture(setting.isTerminal);
  const code = await run(argv, ioOf(out, err, setting));
  return { code, out: out.text, err: err.text };
}

export function ioOf(stdout: CliOutput, stderr: CliOutput, setting: Setting = {}): CliIo {
  const stdin: CliInput = Readable.from([Buffer.from(setting.stdin ?? '')]);
  const { env = {}, signal = new AbortController().signal } = setting;
  return { stdin, stdout, stderr, env, interrupts: () => signal };
}

/** Bytes in `text` are latin1, so that nothing is lost when they are no UTF-8. */
export class Capture extends Writable implements CliOutput {
  readonly isTTY: boolean;
  readonly columns = 80;
  text = '';

  constructor(isTTY = false) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('latin1');
    done();
  }
}

/** A reader like `head -1`: takes one chunk, then the pipe is broken. */
export class BrokenPipe extends Writable {
  chunks = 0;

  override _write(_chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.chunks++;
    if (this.chunks === 1) done();
    else done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE', syscall: 'write' }));
  }
}

/** A directory for each test, that is not there yet. Returns its path in a function. */
export function freshDirectory(): (name?: string) => string {
  let parent = '';
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'varve-cli-'));
  });
  afterEach(() => rmSync(parent, { recursive: true, force: true }));
  return (name = 'store') => join(parent, name);
}
