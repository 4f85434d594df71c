/**
 * What servers and clients took of the processors. On a machine that others use as well, processor time per
 * operation is steadier than operations per second.
 */
import { readFileSync } from 'node:fs';

/** The unit of `/proc/<pid>/stat`, the same on every Linux. */
const TICKS_PER_SECOND = 100;

/** Of a whole process, all threads, since it was started; undefined where the system does not tell. */
export function cpuSecondsOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name, in parentheses, may hold anything; what follows it is the state and then numbers.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return undefined;
  }
}

export interface Usage {
  readonly ms: number;
  /** Of the server. */
  readonly serverCpuSeconds: number | undefined;
  /** Processors that the client kept busy: near 1, the client is the bound and not the server. */
  readonly clientShare: number;
}

export class UsageMeter {
  readonly #serverPid: number;
  readonly #started: number = performance.now();
  readonly #client: NodeJS.CpuUsage = process.cpuUsage();
  readonly #server: number | undefined;

  constructor(serverPid: number) {
    this.#serverPid = serverPid;
    this.#server = cpuSecondsOf(serverPid);
  }

  get elapsedMs(): number {
    return performance.now() - this.#started;
  }

  read(): Usage {
    const ms = this.elapsedMs;
    const { user, system } = process.cpuUsage(this.#client);
    const server = cpuSecondsOf(this.#serverPid);
    const isKnown = server !== undefined && this.#server !== undefined;
    return {
      ms,
      serverCpuSeconds: isKnown ? server - this.#server : undefined,
      clientShare: (user + system) / 1000 / ms,
    };
  }
}
