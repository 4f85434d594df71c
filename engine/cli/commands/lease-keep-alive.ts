/** `varve lease keep-alive`: renews a lease, once or until it is interrupted. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../../types.ts';
import { EXIT, type ExitCode } from '../cli-error.ts';
import { type Call, type CommandSpec, DIRECTORY, JSON_OPTION } from '../command.ts';
import { interruptible } from '../interruptible.ts';
import { LEASE_ARGUMENT, jsonLeaseId, leaseArgument, leaseHex } from '../lease-id.ts';
import { openToWrite } from '../stores.ts';

export const keepAliveCommand: CommandSpec = {
  name: 'keep-alive',
  summary: 'renew a lease whenever a third of its time has passed, until Ctrl-C',
  arguments: [DIRECTORY, LEASE_ARGUMENT],
  options: [{ flags: '--once', text: 'renew it once, and end' }, JSON_OPTION],
  help: `Prints a line each time. The directory belongs to this command meanwhile; other
leases end in it as their time passes. If there is no such lease any more, says
so and ends with exit code 1.
With --json: {"id":"<decimal>","hex":"<as printed>","ttlSeconds":n} a line, 0 if
the lease is gone.

Examples:
  varve lease keep-alive store 694d7a2f8f2a1b0a --once
  varve lease keep-alive store 694d7a2f8f2a1b0a`,
  endpoint: true,
  run: keepAlive,
};

async function keepAlive(call: Call): Promise<ExitCode> {
  const id = leaseArgument(call, 1);
  await using store = await openToWrite(call, { createIfMissing: false });
  if (call.options.flag('once')) return (await renew(call, store, id)) > 0 ? EXIT.ok : EXIT.nothing;
  const afterwards = 'the lease goes on when the directory is opened again';
  return await interruptible(call.io, afterwards, (signal) => renewAgain(call, store, id, signal));
}

/** Two renewals may be late. */
const RENEWALS_PER_TTL = 3;
/** No timer can be set for much longer than this. */
const WAIT_MS_MAX = 24 * 60 * 60 * 1000;

async function renewAgain(
  call: Call,
  store: Store,
  id: bigint,
  signal: AbortSignal,
): Promise<ExitCode> {
  for (;;) {
    signal.throwIfAborted();
    const ttlSeconds = await renew(call, store, id);
    if (ttlSeconds === 0) return EXIT.nothing;
    const waitMs = Math.min(WAIT_MS_MAX, (ttlSeconds * 1000) / RENEWALS_PER_TTL);
    // That it was interrupted is said above, with the signal's own reason.
    await sleep(waitMs, undefined, { signal }).catch(() => {});
  }
}

/** Returns the seconds that it has now, 0 if it is gone. */
async function renew({ options, out }: Call, store: Store, id: bigint): Promise<number> {
  const ttlSeconds = await store.leases.keepAliveOnce(id);
  const hex = leaseHex(id);
  if (options.flag('json')) await out.json({ ...jsonLeaseId(id), ttlSeconds });
  else if (ttlSeconds > 0) await out.line(`lease ${hex} keepalived with TTL(${ttlSeconds})`);
  else await out.line(`lease ${hex} expired or revoked`);
  await out.flush();
  return ttlSeconds;
}
