/** `varve lease`: grants, revocations and renewals, with etcdctl's verbs and answers. */
import type { Store } from '../../types.ts';
import { EXIT, type ExitCode } from '../cli-error.ts';
import {
  argument,
  type Call,
  type CommandSpec,
  DIRECTORY,
  type GroupSpec,
  JSON_OPTION,
  wholeNumber,
} from '../command.ts';
import { escaped } from '../escape.ts';
import { LEASE_ARGUMENT, jsonLeaseId, leaseArgument, leaseHex, leaseOption } from '../lease-id.ts';
import { jsonBytes } from '../output.ts';
import { openToRead, openToWrite } from '../stores.ts';
import { keepAliveCommand } from './lease-keep-alive.ts';

const JSON_HELP = `With --json: {"id":"<decimal>","hex":"<as printed>"`;

const grantCommand: CommandSpec = {
  name: 'grant',
  summary: 'make a lease that ends after so many seconds',
  arguments: [DIRECTORY, { flags: '<ttl>', text: 'seconds; less than 2 are raised to 2' }],
  options: [leaseOption('--id <hex>', 'its id; otherwise a random one'), JSON_OPTION],
  help: `Keys are hung on it with \`varve put --lease\`.
${JSON_HELP},"ttlSeconds":n}.

Examples:
  varve lease grant store 60
  lease=$(varve lease grant store 60 --json | jq -r .hex)`,
  endpoint: true,
  run: grant,
};

async function grant(call: Call): Promise<ExitCode> {
  const { options, out } = call;
  const ttlSeconds = wholeNumber('<ttl>', argument(call, 1));
  await using store = await openLeases(call);
  const lease = await store.leases.grant({ ttlSeconds, id: options.bigint('id') ?? 0n });
  if (options.flag('json')) {
    await out.json({ ...jsonLeaseId(lease.id), ttlSeconds: lease.ttlSeconds });
  } else {
    await out.line(`lease ${leaseHex(lease.id)} granted with TTL(${lease.ttlSeconds}s)`);
  }
  return EXIT.ok;
}

const revokeCommand: CommandSpec = {
  name: 'revoke',
  summary: 'end a lease now, and delete its keys in one revision',
  arguments: [DIRECTORY, LEASE_ARGUMENT],
  options: [JSON_OPTION],
  help: `${JSON_HELP},"revision":n}, the store's
revision afterwards.

Example:
  varve lease revoke store 694d7a2f8f2a1b0a`,
  endpoint: true,
  run: revoke,
};

async function revoke(call: Call): Promise<ExitCode> {
  const id = leaseArgument(call, 1);
  await using store = await openLeases(call);
  await store.leases.revoke(id);
  if (call.options.flag('json')) {
    await call.out.json({ ...jsonLeaseId(id), revision: (await store.status()).revision });
  } else {
    await call.out.line(`lease ${leaseHex(id)} revoked`);
  }
  return EXIT.ok;
}

const timeToLiveCommand: CommandSpec = {
  name: 'timetolive',
  summary: 'print what is left of a lease, and its keys',
  arguments: [DIRECTORY, LEASE_ARGUMENT],
  options: [{ flags: '--keys', text: 'its keys too, one a line' }, JSON_OPTION],
  help: `What is left is what was written down of it last; \`varve help lease\` says when.
${JSON_HELP},"ttlSeconds":n,
"grantedTtlSeconds":n,"keys":[{"key":...}, ...]}; -1 and 0 if there is none, and
the exit code is 1.

Example:
  varve lease timetolive store 694d7a2f8f2a1b0a --keys`,
  endpoint: true,
  run: timeToLive,
};

async function timeToLive(call: Call): Promise<ExitCode> {
  const { options, out } = call;
  const id = leaseArgument(call, 1);
  await using store = await openToRead(call);
  const status = await store.leases.timeToLive(id, { keys: options.flag('keys') });
  const { ttlSeconds, grantedTtlSeconds } = status;
  const isThere = ttlSeconds >= 0;
  if (options.flag('json')) {
    const keys = status.keys.map((key) => jsonBytes('key', key));
    const listed = options.flag('keys') ? { keys } : {};
    await out.json({ ...jsonLeaseId(id), ttlSeconds, grantedTtlSeconds, ...listed });
  } else if (isThere) {
    const granted = `granted with TTL(${grantedTtlSeconds}s)`;
    await out.line(`lease ${leaseHex(id)} ${granted}, remaining(${ttlSeconds}s)`);
    for (const key of status.keys) await out.line(escaped(key));
  } else {
    await out.line(`lease ${leaseHex(id)} already expired`);
  }
  return isThere ? EXIT.ok : EXIT.nothing;
}

const listCommand: CommandSpec = {
  name: 'list',
  summary: 'print all leases, the one that ends first on top',
  arguments: [DIRECTORY],
  options: [JSON_OPTION],
  help: `${JSON_HELP}} a line.

Example:
  varve lease list store`,
  endpoint: true,
  run: list,
};

async function list(call: Call): Promise<ExitCode> {
  const { options, out } = call;
  await using store = await openToRead(call);
  const ids = await store.leases.list();
  for (const id of ids) {
    if (options.flag('json')) await out.json(jsonLeaseId(id));
    else await out.line(leaseHex(id));
  }
  return ids.length === 0 ? EXIT.nothing : EXIT.ok;
}

/** Where leases can be granted there is a store already. */
function openLeases(call: Call): Promise<Store> {
  return openToWrite(call, { createIfMissing: false });
}

export const leaseCommands: GroupSpec = {
  name: 'lease',
  summary: 'leases: keys that go away when nobody renews them',
  help: `A key that was put with --lease is deleted when its lease ends: by
\`lease revoke\`, or when its seconds have passed since it was granted or renewed.

Time passes for a lease only while a process has the directory open; in between
it stands still, and nothing expires. What is left is written down now and then:
of a lease that was granted or renewed, when half its time is over, and of one
that was there when the directory was opened, a second or two later; then ever
more rarely, but every five minutes. The next process goes on from there. So a
command that is done at once takes no time off any lease, and none ends early. To
let leases end, keep the directory open: \`varve watch\`,
\`varve lease keep-alive\`, \`varve serve\`, or your program.

Examples:
  varve lease grant store 60
  varve lease list store`,
  commands: [grantCommand, revokeCommand, keepAliveCommand, timeToLiveCommand, listCommand],
};
