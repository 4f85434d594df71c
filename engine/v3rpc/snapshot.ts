/**
 * Maintenance.Snapshot (R152): the store as an etcd snapshot file, in messages of 32 KiB, and its SHA-256 as
 * the last one. The file is made as the client takes it; what is in memory is a few messages.
 */
import { createHash } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import type { handleServerStreamingCall, ServerWritableStream } from '@grpc/grpc-js';
import { type EtcdSnapshot, snapshotOf } from '../bolt/export-snapshot.ts';
import { statusOf } from '../wire/errors.ts';
import {
  type SnapshotRequest,
  type SnapshotResponse,
  SnapshotResponseSchema,
} from '../wire/generated/rpc_pb.ts';
import { headerOf, type Serving } from './serving.ts';

type Call = ServerWritableStream<SnapshotRequest, SnapshotResponse>;

export function snapshotHandler(
  serving: Serving,
): handleServerStreamingCall<SnapshotRequest, SnapshotResponse> {
  return (call) => {
    send(serving, call).catch((error: unknown) => {
      if (!call.cancelled) call.emit('error', statusOf(error));
    });
  };
}

async function send(serving: Serving, call: Call): Promise<void> {
  const { core } = serving.insides;
  const gone = new AbortController();
  call.on('cancelled', () => gone.abort());
  core.checkUsable();
  const snapshot = await snapshotOf(core.maintenance, {
    signal: gone.signal,
    memberId: serving.identity.memberId,
  });
  try {
    await sendAll(serving, call, snapshot, gone.signal);
    call.end();
  } finally {
    snapshot.release();
  }
}

async function sendAll(
  serving: Serving,
  call: Call,
  snapshot: EtcdSnapshot,
  gone: AbortSignal,
): Promise<void> {
  const header = headerOf(serving, snapshot.revision);
  const hash = createHash('sha256');
  let remaining = snapshot.sizeBytes;
  const message = async (blob: Uint8Array): Promise<void> => {
    const remainingBytes = BigInt(remaining);
    const isRoom = call.write(create(SnapshotResponseSchema, { header, remainingBytes, blob }));
    if (!isRoom) await room(call, gone);
    gone.throwIfAborted();
  };
  for await (const chunk of snapshot.chunks()) {
    hash.update(chunk);
    remaining -= chunk.length;
    await message(chunk);
  }
  await message(hash.digest());
}

/** Resolves when the client has taken something, or has gone. */
function room(call: Call, gone: AbortSignal): Promise<void> {
  if (gone.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const go = (): void => {
      call.off('drain', go);
      gone.removeEventListener('abort', go);
      resolve();
    };
    call.on('drain', go);
    gone.addEventListener('abort', go);
  });
}
