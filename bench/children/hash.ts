/** The hash over a long history. */
import { open } from '../../engine/index.ts';
import { timed } from '../pauses.ts';
import { type Contents, putAll } from './contents.ts';

export interface HashRequest extends Contents {
  readonly directory: string;
  readonly rounds: number;
}

export interface HashRound {
  readonly ms: number;
  readonly pauseMs: number;
}

export async function hashHistory(request: HashRequest): Promise<readonly HashRound[]> {
  const { directory, rounds } = request;
  const store = await open(directory, { sync: 'interval' });
  await putAll(store, request);
  const results: HashRound[] = [];
  for (let round = 0; round < rounds; round++) results.push(await timed(() => store.hashKv()));
  await store.close();
  return results;
}
