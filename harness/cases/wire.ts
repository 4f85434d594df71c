/** Cases about what exists on the wire only, and why: the Store API cannot ask for it, or be told. */
export const WIRE: Readonly<Record<string, string>> = {
  'PUT-023': 'gRPC limits messages',
  'RANGE-032': 'this API has no order of none, which cuts before it sorts (R29)',
  'TXN-112': 'numbers that stand for no target (R65)',
  'TXN-113': 'numbers that stand for no result (R65)',
  'TXN-114': 'numbers that stand for no result (R65)',
  'WATCH-004': 'ids of watchers (R93)',
  'WATCH-009': 'ids of watchers (R93)',
  'WATCH-012': 'a request that asks for nothing (R95)',
  'WATCH-042': 'a stream without watchers (R107)',
  'WATCH-045': 'fragments (R106)',
  'WATCH-046': 'a client that closes its half of the stream (R95)',
  'WATCH-050': 'fragments (R106)',
  'WATCH-053': 'numbers that stand for no filter (R105)',
};
