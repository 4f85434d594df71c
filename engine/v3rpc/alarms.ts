/**
 * Alarms (R153-R156). Those that were raised by call are the store's; the one of its quota is shown as this
 * member's own.
 */
import { status } from '@grpc/grpc-js';
import { create } from '@bufbuild/protobuf';
import { VarveError } from '../base/errors.ts';
import type { Alarm } from '../maintenance/alarms.ts';
import {
  AlarmRequest_AlarmAction as Action,
  type AlarmRequest,
  type AlarmResponse,
  AlarmResponseSchema,
  AlarmType,
} from '../wire/generated/rpc_pb.ts';
import { StatusError } from './grpc.ts';
import type { Serving } from './serving.ts';

/** ERR_CORRUPT if the alarm CORRUPT is on (R156). */
export function refuseIfCorrupt({ insides }: Serving): void {
  if (insides.core.maintenance.quota.raised.has('CORRUPT')) {
    throw new VarveError('ERR_CORRUPT', 'etcdserver: corrupt cluster');
  }
}

/** In the order in which they were raised. */
export function alarmsOf({ insides, identity }: Serving): readonly Alarm[] {
  const { quota } = insides.core.maintenance;
  const own: Alarm = { memberId: identity.memberId, type: 'NOSPACE' };
  const { raised } = quota.raised;
  if (!quota.isExceeded || raised.some((alarm) => isSame(alarm, own))) return raised;
  return [own, ...raised];
}

/** The answer has no header. */
export async function answerAlarm(serving: Serving, request: AlarmRequest): Promise<AlarmResponse> {
  const concerned = await perform(serving, request);
  const alarms = concerned.map(({ memberId, type }) => ({
    memberID: memberId,
    alarm: AlarmType[type],
  }));
  return create(AlarmResponseSchema, { alarms });
}

async function perform(serving: Serving, request: AlarmRequest): Promise<readonly Alarm[]> {
  const { store, insides } = serving;
  const { core } = insides;
  const { quota } = core.maintenance;
  const alarm = alarmOf(request);
  switch (request.action) {
    case Action.GET:
      core.checkReadable();
      if (request.alarm === AlarmType.NONE) return alarmsOf(serving);
      return alarmsOf(serving).filter(({ type }) => type === alarm?.type);

    case Action.ACTIVATE:
      core.checkWritable();
      if (alarm === undefined) throw unknown(`alarm ${request.alarm}`);
      quota.raised.raise(alarm);
      await store.flush();
      return [alarm];

    case Action.DEACTIVATE: {
      core.checkWritable();
      if (alarm === undefined) return [];
      const isRaised = alarmsOf(serving).some((raised) => isSame(raised, alarm));
      if (!isRaised) return [];
      quota.raised.lift(alarm);
      if (alarm.type === 'NOSPACE' && alarm.memberId === serving.identity.memberId) quota.disarm();
      await store.flush();
      return [alarm];
    }

    default:
      // R68: never to be guessed at.
      throw unknown(`action ${request.action as number}`);
  }
}

function alarmOf({ alarm, memberID: memberId }: AlarmRequest): Alarm | undefined {
  if (alarm === AlarmType.NOSPACE) return { memberId, type: 'NOSPACE' };
  return alarm === AlarmType.CORRUPT ? { memberId, type: 'CORRUPT' } : undefined;
}

const isSame = (a: Alarm, b: Alarm): boolean => a.type === b.type && a.memberId === b.memberId;

const unknown = (what: string): StatusError =>
  new StatusError(status.INVALID_ARGUMENT, `etcdserver: there is no ${what} of alarms`);
