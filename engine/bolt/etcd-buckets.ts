/** etcd's buckets by name, and those of their contents that no other part of the engine has. */
import { ALARM_BUCKET, KEY_BUCKET, LEASE_BUCKET, META_BUCKET } from '../backend/backend.ts';
import { keyBytesOf } from '../base/bytes.ts';

export { ALARM_BUCKET, KEY_BUCKET, LEASE_BUCKET, META_BUCKET };

/** Of a cluster with members and users: etcd 3.4 makes all of them at its first start. */
export const CLUSTER_BUCKETS: readonly string[] = [
  'auth',
  'authRoles',
  'authUsers',
  'cluster',
  'members',
  'members_removed',
];
export const CLUSTER_BUCKET = 'cluster';
export const CLUSTER_VERSION: { readonly key: Uint8Array; readonly value: Uint8Array } = {
  key: keyBytesOf('clusterVersion'),
  value: keyBytesOf('3.4.0'),
};

/** The key that bucket `alarm` of a Varve store has while its quota is used up. */
export const NOSPACE_KEY: Uint8Array = keyBytesOf('NOSPACE');

export type AlarmName = 'NOSPACE' | 'CORRUPT';
const ALARMS: Readonly<Record<number, AlarmName>> = { 1: 'NOSPACE', 2: 'CORRUPT' };

/** etcd's AlarmMember: 1 memberID, 2 alarm; what is 0 is left out. */
export function encodeNoSpace(memberId: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, memberId);
  if (rest > 0n) {
    bytes.push(0x08);
    for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    bytes.push(Number(rest));
  }
  return Uint8Array.of(...bytes, 0x10, 0x01);
}

/** Undefined if it is none that has a name. */
export function decodeAlarm(member: Uint8Array): AlarmName | undefined {
  let alarm = 0;
  for (let at = 0; at < member.length; ) {
    const tag = member[at++];
    if (tag !== 0x08 && tag !== 0x10) return undefined;
    let value = 0;
    let shift = 0;
    let byte: number;
    do {
      byte = member[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      shift += 7;
    } while (byte > 0x7f);
    if (tag === 0x10) alarm = value;
  }
  return ALARMS[alarm];
}
