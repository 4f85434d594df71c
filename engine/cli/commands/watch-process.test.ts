/** watch and lease keep-alive as processes: they stay while nothing is due, and Ctrl-C ends them. */
import { expect, it } from 'vitest';
import { EXIT } from '../cli-error.ts';
import { freshDirectory, varve } from '../cli-playground.contract.ts';
import { cliProcesses } from '../cli-process.testing.ts';

const directory = freshDirectory();
const start = cliProcesses();
const PROCESS_MS = 30_000;

it.each(['SIGINT', 'SIGTERM'] as const)(
  'watch stays though nothing is due, until %s, and leaves the directory free',
  async (signal) => {
    const path = directory();
    await varve(['put', path, 'a', '1']);
    const child = start(['watch', path, '--rev', '2']);
    await child.printed('2 A v1 a\t1\n');
    expect((await varve(['put', path, 'a', '2'])).err).toContain('(ERR_LOCKED)');
    const early = await Promise.race([child.ended, new Promise((go) => setTimeout(go, 300))]);
    expect(early).toBeUndefined();
    child.kill(signal);
    expect(await child.ended).toBe(EXIT.interrupted);
    expect(child.err).toBe(
      'varve: interrupted (ERR_INTERRUPTED)\n  hint: --rev 3 goes on after what was shown\n',
    );
    expect((await varve(['put', path, 'a', '2'])).code).toBe(EXIT.ok);
  },
  PROCESS_MS,
);

it(
  'watch carries out lines as they are typed, and ends with them',
  async () => {
    const path = directory();
    await varve(['put', path, 'a', '1']);
    const child = start(['watch', path, '--interactive']);
    child.type('put b 2\n');
    await child.printed('3 A v1 b\t2\n');
    child.type('del b\n');
    await child.printed('4 D v0 b\n');
    child.endInput();
    expect(await child.ended).toBe(EXIT.ok);
    expect(child.err).toBe('');
  },
  PROCESS_MS,
);

it(
  'watch that has ended does not wait for more input, nor for what nobody reads',
  async () => {
    const path = directory();
    await varve(['put', path, 'a', '1']);
    const child = start(['watch', path, '--interactive', '--limit', '1']);
    child.type('put b 2\n');
    expect(await child.ended).toBe(EXIT.ok);
    expect(child.out).toBe('3 A v1 b\t2\n');
  },
  PROCESS_MS,
);

it(
  'keep-alive renews until it is interrupted',
  async () => {
    const path = directory();
    await varve(['put', path, 'a', '1']);
    await varve(['lease', 'grant', path, '2', '--id', '1f']);
    const child = start(['lease', 'keep-alive', path, '1f']);
    const line = 'lease 000000000000001f keepalived with TTL(2)\n';
    // Longer than the lease would last.
    await child.printed(line.repeat(5));
    child.kill('SIGINT');
    expect(await child.ended).toBe(EXIT.interrupted);
    expect(child.err).toContain('(ERR_INTERRUPTED)');
    expect((await varve(['lease', 'list', path])).out).toBe('000000000000001f\n');
  },
  PROCESS_MS,
);
