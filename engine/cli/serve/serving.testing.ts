/** `varve serve` in this process, on a port that is free, until the test is over. */
import { afterEach, expect, vi } from 'vitest';
import { Capture, ioOf, type Outcome } from '../cli-playground.contract.ts';
import { run } from '../run.ts';

export interface Served {
  /** What it said when it was ready. */
  readonly line: string;
  readonly url: string;
  /** As Ctrl-C does. */
  stop(): Promise<Outcome>;
}

/** Arguments after `serve`; `--listen 127.0.0.1:0` is added. */
export function servers(): (...argv: string[]) => Promise<Served> {
  const running: Served[] = [];
  afterEach(async () => {
    for (const served of running.splice(0)) await served.stop();
  });
  return async (...argv) => {
    const served = await started(['serve', ...argv, '--listen', '127.0.0.1:0']);
    running.push(served);
    return served;
  };
}

async function started(argv: readonly string[]): Promise<Served> {
  const [out, err] = [new Capture(), new Capture()];
  const interrupt = new AbortController();
  let isOver = false;
  const code = run(argv, ioOf(out, err, { signal: interrupt.signal })).finally(() => {
    isOver = true;
  });
  await vi.waitFor(() => expect(out.text.endsWith('\n') || isOver).toBe(true), 10_000);
  expect(err.text).toBe('');
  return {
    line: out.text,
    url: /https?:\/\/[\d.]+:\d+/.exec(out.text)![0],
    stop: async () => {
      interrupt.abort();
      return { code: await code, out: out.text, err: err.text };
    },
  };
}
