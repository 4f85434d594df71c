/** The Watch service: one method, a stream of many watches each way (R90-R113). */
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Serving } from './serving.ts';
import { WatchEncoder } from './watch-encoder.ts';
import { SERVER_STOPPED, WatchSession } from './watch-session.ts';
import type { WatchCall } from './watch-sink.ts';

export interface WatchOptions {
  /** R108; jitter of up to a tenth comes on top. Ten minutes if absent. */
  readonly progressNotifyIntervalMs?: number;
  /** Every stream ends with UNAVAILABLE. */
  readonly onClose: AbortSignal;
}

export function watchHandlers(
  serving: Serving,
  { progressNotifyIntervalMs, onClose }: WatchOptions,
): UntypedServiceImplementation {
  const encoder = new WatchEncoder(serving.identity);
  const sessions = new Set<WatchSession>();
  const onEnd = (session: WatchSession): void => void sessions.delete(session);
  const endAll = (): void => {
    for (const session of sessions) session.end(SERVER_STOPPED);
  };
  onClose.addEventListener('abort', endAll, { once: true });
  return {
    watch(call: WatchCall): void {
      const progressMs = progressNotifyIntervalMs;
      const session = new WatchSession(call, { serving, encoder, progressMs, onEnd });
      sessions.add(session);
      if (onClose.aborted) session.end(SERVER_STOPPED);
    },
  };
}
