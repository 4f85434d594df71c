/**
 * Leases in text: hexadecimal, as etcdctl prints and takes them. An id is an int64, so one that a client
 * chose may be negative:
 *
 *     7587855291873106698n     694d7a2f8f2a1b0a
 *                      -1n     -000000000000001
 */
import { usageError } from './cli-error.ts';
import { argument, type ArgumentSpec, type Call, longNameOf, type OptionSpec } from './command.ts';

/** Up to 64 bits with the sign. */
export const LEASE_ID: RegExp = /^(?:-?(?:[0-7][0-9a-f]{15}|[0-9a-f]{1,15})|-80{15})$/i;

export const LEASE_ARGUMENT: ArgumentSpec = { flags: '<id>', text: 'the lease, in hexadecimal' };

export const leaseOption = (flags: string, text: string): OptionSpec => ({
  flags,
  text,
  parse: (given) => checkedLeaseId(longNameOf(flags), given),
});

export function leaseArgument(call: Call, index: number): bigint {
  return checkedLeaseId(LEASE_ARGUMENT.flags, argument(call, index));
}

/** As etcdctl pads them, to 16 places. */
export function leaseHex(id: bigint): string {
  return id < 0n ? `-${(-id).toString(16).padStart(15, '0')}` : id.toString(16).padStart(16, '0');
}

/** What `LEASE_ID` matches. */
export function leaseIdOf(text: string): bigint {
  return text.startsWith('-') ? -BigInt(`0x${text.slice(1)}`) : BigInt(`0x${text}`);
}

/** For programs both forms: decimal as everywhere in JSON, and what the command line takes. */
export function jsonLeaseId(id: bigint): { readonly id: string; readonly hex: string } {
  return { id: String(id), hex: leaseHex(id) };
}

function checkedLeaseId(what: string, text: string): bigint {
  if (LEASE_ID.test(text)) return leaseIdOf(text);
  throw usageError(
    `${what} takes a lease in hexadecimal, not ${JSON.stringify(text)}`,
    '`varve lease list` prints leases',
  );
}
