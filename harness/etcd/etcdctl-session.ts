/**
 * A session with etcdctl, one command a line, as text:
 *
 *     put 'a b' 1                      words; those with spaces in '…'
 *     txn << value("a") = "1"\n\n…     what is typed in, `\n` for the end of a line
 *     L = lease grant 100              L is the first word of its output that looks like an id
 *     put k v --lease={L}
 *     3: watch a --rev=1               ends after so many lines
 */
import { type EtcdctlRun, etcdctl } from './etcdctl.ts';

export interface Said {
  readonly command: string;
  readonly lines: readonly string[];
}

export interface Place {
  /** `host:port`. */
  readonly address: string;
  /** The address as etcdctl is given it, if not just so. */
  readonly endpoint?: string;
  /** What its list of members calls it besides. */
  readonly peerUrl: string;
}

interface Command extends EtcdctlRun {
  readonly save?: string;
}

/** What each command printed, with what differs from server to server and from run to run masked. */
export async function sessionOf(place: Place, script: string): Promise<readonly Said[]> {
  const saved = new Map<string, string>();
  const said: Said[] = [];
  for (const line of script.split('\n').filter((text) => text.trim() !== '')) {
    const command = commandOf(line.trim(), saved);
    const printed = await etcdctl(place.endpoint ?? place.address, command);
    if (command.save !== undefined) {
      const id = /\b[0-9a-f]{15,16}\b/.exec(printed.join('\n'))?.[0];
      if (id !== undefined) saved.set(command.save, id);
    }
    said.push({ command: line.trim(), lines: printed.map((text) => masked(text, place, saved)) });
  }
  return said;
}

function commandOf(line: string, saved: ReadonlyMap<string, string>): Command {
  const [, save, lines, body, , typed] =
    /^(?:(\w+) = )?(?:(\d+): )?(.*?)( << (.*))?$/.exec(line) ?? [];
  const filled = (text: string): string =>
    text.replaceAll(/\{(\w+)\}/g, (all, name: string) => saved.get(name) ?? all);
  return {
    args: wordsOf(filled(body ?? '')),
    ...(typed !== undefined && { stdin: `${filled(typed).replaceAll('\\n', '\n')}\n` }),
    ...(lines !== undefined && { lines: Number(lines) }),
    ...(save !== undefined && { save }),
  };
}

const wordsOf = (text: string): string[] =>
  [...text.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);

function masked(line: string, place: Place, saved: ReadonlyMap<string, string>): string {
  let text = line;
  for (const [name, id] of saved) {
    text = text.replaceAll(id, `{${name}}`).replaceAll(String(BigInt(`0x${id}`)), `{${name}}`);
  }
  for (const url of [place.peerUrl, `http://${place.address}`]) {
    text = text.replaceAll(url, '{url}');
  }
  text = text.replaceAll(place.address, '{address}');
  for (const [pattern, name] of MASKS) text = text.replaceAll(pattern, name);
  return text;
}

/** Ids, sizes, times, and counters of the consensus that only one of them has. */
const MASKS: readonly (readonly [RegExp, string])[] = [
  [
    /"(cluster_id|member_id|raft_term|ID|leader|raftTerm|raftIndex|raftAppliedIndex)":\d+/g,
    '"$1":#',
  ],
  [/"(dbSize|dbSizeInUse)":\d+/g, '"$1":#'],
  [
    /"(ClusterID|MemberID|RaftTerm|Leader|RaftIndex|RaftAppliedIndex|DBSize|DBSizeInUse|ID)" : \d+/g,
    '"$1" : #',
  ],
  [/"ts":"[^"]*"/g, '"ts":#'],
  [/endpoint:\/\/client-[0-9a-f-]+/g, 'endpoint://client'],
  [/took = [\d.]+[mµn]?s/g, 'took = #'],
  [/"took":"[^"]*"/g, '"took":#'],
  [/[\d.]+ [kM]?B\b/g, '# B'],
  [/\b[0-9a-f]{15,16}\b/g, '{id}'],
  // What is left of 100 seconds goes by the clock.
  [/(?<before>remaining\(|"ttl":|"TTL" : )9\d\b/g, '$<before>9#'],
  [/(# B, true, false), \d+, \d+, \d+,/g, '$1, #, #, #,'],
];
