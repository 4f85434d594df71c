/** `host:port`, as `--listen` and `--metrics` take it. */
import { usageError } from '../cli-error.ts';

export interface Address {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

/** The text itself, so that it can be an option; throws a usage error if it is none. */
export function addressText(option: string, text: string): string {
  addressOf(option, text);
  return text;
}

/** `127.0.0.1:2379`, `[::1]:0`, `localhost:2379`. */
export function addressOf(option: string, text: string): Address {
  const parts = /^(?:\[([^\]]+)\]|([^:[\]/\s]+)):(\d{1,5})$/.exec(text);
  const host = parts?.[1] ?? parts?.[2];
  const port = Number(parts?.[3]);
  if (host !== undefined && port <= 65_535) return { host, port };
  throw usageError(
    `${option} takes host:port, not ${JSON.stringify(text)}`,
    'for instance 127.0.0.1:2379 or [::1]:2379; port 0 is any that is free',
  );
}
