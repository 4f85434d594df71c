/** gRPC's own question whether a server serves (R159). It does for the service "", and no other is known. */
import {
  type ServerWritableStream,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { create } from '@bufbuild/protobuf';
import {
  HealthCheckResponse_ServingStatus as Health,
  type HealthCheckRequest,
  type HealthCheckResponse,
  HealthCheckResponseSchema,
} from '../wire/generated/health_pb.ts';
import { STOPPED, StatusError, unary } from './grpc.ts';
import type { Serving } from './serving.ts';

type WatchCall = ServerWritableStream<HealthCheckRequest, HealthCheckResponse>;

/** `onClose` ends the streams that are open. */
export function healthHandlers(
  serving: Serving,
  onClose: AbortSignal,
): UntypedServiceImplementation {
  const now = (): Health => (isUsable(serving) ? Health.SERVING : Health.NOT_SERVING);
  return {
    check: unary(({ service }: HealthCheckRequest) => {
      if (service !== '') throw new StatusError(status.NOT_FOUND, 'unknown service');
      return create(HealthCheckResponseSchema, { status: now() });
    }),

    watch: (call: WatchCall) => {
      const state = call.request.service === '' ? now() : Health.SERVICE_UNKNOWN;
      call.write(create(HealthCheckResponseSchema, { status: state }));
      const stop = (): void => void call.emit('error', STOPPED);
      call.on('cancelled', () => onClose.removeEventListener('abort', stop));
      onClose.addEventListener('abort', stop);
    },
  };
}

function isUsable({ insides }: Serving): boolean {
  try {
    insides.core.checkUsable();
    return true;
  } catch {
    return false;
  }
}
