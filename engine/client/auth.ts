/** The token that a server with authentication wants to see with each call. */
import { Metadata, type ServiceError } from '@grpc/grpc-js';
import type { AuthOptions } from './options.ts';

const DISABLED = 'etcdserver: authentication is not enabled';

/** What goes along with calls; `withLeader` is for those that a member cut off must not answer (R161). */
export interface Tickets {
  readonly plain: Metadata;
  readonly withLeader: Metadata;
}

export class Auth {
  readonly #options: AuthOptions | undefined;
  readonly #authenticate: (options: AuthOptions) => Promise<string>;
  #tickets: Tickets | undefined;
  #asking: Promise<Tickets> | undefined;

  /** `authenticate` asks a server for a token. */
  constructor(
    options: AuthOptions | undefined,
    authenticate: (options: AuthOptions) => Promise<string>,
  ) {
    this.#options = options;
    this.#authenticate = authenticate;
    if (options === undefined) this.#tickets = ticketsWith(undefined);
  }

  /** Undefined if they have to be asked for. */
  get tickets(): Tickets | undefined {
    return this.#tickets;
  }

  ask(): Promise<Tickets> {
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  /** The server does not take this token any more; false if there never was one. */
  forget(ticket: Metadata): boolean {
    if (this.#options === undefined) return false;
    const { plain, withLeader } = this.#tickets ?? {};
    if (ticket === plain || ticket === withLeader) this.#tickets = undefined;
    return true;
  }

  async #ask(): Promise<Tickets> {
    if (this.#tickets !== undefined) return this.#tickets;
    let token: string | undefined;
    try {
      token = await this.#authenticate(this.#options!);
    } catch (error) {
      const { details } = ((error as Error).cause ?? {}) as Partial<ServiceError>;
      if (details !== DISABLED) throw error;
    }
    this.#tickets = ticketsWith(token);
    return this.#tickets;
  }
}

function ticketsWith(token: string | undefined): Tickets {
  const plain = new Metadata();
  if (token !== undefined) plain.set('token', token);
  const withLeader = plain.clone();
  withLeader.set('hasleader', 'true');
  return { plain, withLeader };
}
