import { expect, test } from 'vitest';
import { ALARM_BUCKET } from '../backend/backend.ts';
import { MemoryBackend } from '../backend/memory-backend.ts';
import { type Alarm, Alarms } from './alarms.ts';
import { Quota } from './quota.ts';

const full = { code: 'ERR_NO_SPACE' };

test('what was raised is there after a restart, whatever the member is called', () => {
  const backend = MemoryBackend.open();
  const alarms = new Alarms(backend);
  const raised: Alarm[] = [0n, 1n, 127n, 128n, 2n ** 63n, 2n ** 64n - 1n].flatMap((memberId) => [
    { memberId, type: 'NOSPACE' },
    { memberId, type: 'CORRUPT' },
  ]);
  for (const alarm of raised) alarms.raise(alarm);
  for (const alarm of raised) alarms.raise(alarm);
  expect(alarms.raised).toEqual(raised);
  const again = new Alarms(backend);
  expect(new Set(again.raised)).toEqual(new Set(raised));

  for (const alarm of raised) {
    expect(again.has(alarm.type)).toBe(true);
    expect([again.lift(alarm), again.lift(alarm)]).toEqual([true, false]);
  }
  expect([again.has('NOSPACE'), again.has('CORRUPT')]).toEqual([false, false]);
  expect(new Alarms(backend).raised).toEqual([]);
});

test('keys are etcd’s own', () => {
  const backend = MemoryBackend.open();
  new Alarms(backend).raise({ memberId: 300n, type: 'CORRUPT' });
  const keys: Uint8Array[] = [];
  backend.readTx().forEach(ALARM_BUCKET, (key) => void keys.push(key));
  expect(keys.map((key) => [...key])).toEqual([[0x08, 0xac, 0x02, 0x10, 0x02]]);
});

test('one that was raised by hand refuses puts without a quota, and beside one', () => {
  const backend = MemoryBackend.open();
  const unlimited = new Quota(backend, 0);
  unlimited.raised.raise({ memberId: 3n, type: 'NOSPACE' });
  expect(() => unlimited.admit(1)).toThrow(expect.objectContaining(full));
  expect([unlimited.alarms, unlimited.isExceeded]).toEqual([['NOSPACE'], false]);
  unlimited.settle();
  expect(unlimited.alarms).toEqual(['NOSPACE']);
  unlimited.raised.lift({ memberId: 3n, type: 'NOSPACE' });
  unlimited.admit(1);
  expect(unlimited.alarms).toEqual([]);
});

test('the quota’s own ends when it is disarmed, and comes back with the next refusal', () => {
  const backend = MemoryBackend.open();
  const quota = new Quota(backend, 1000);
  const refuse = (): void => {
    expect(() => quota.admit(1000)).toThrow(expect.objectContaining(full));
    quota.settle();
  };
  refuse();
  expect([quota.alarms, quota.isExceeded, quota.raised.raised]).toEqual([['NOSPACE'], true, []]);
  expect(new Quota(backend, 1000).alarms).toEqual(['NOSPACE']);
  quota.disarm();
  quota.disarm();
  expect(quota.alarms).toEqual([]);
  expect(new Quota(backend, 1000).alarms).toEqual([]);
  refuse();
  expect(quota.alarms).toEqual(['NOSPACE']);
});
