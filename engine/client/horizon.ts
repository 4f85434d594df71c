/** The last revision that this store has heard of: answers bear it in their headers. */
export class Horizon {
  #revision = 0;

  get revision(): number {
    return this.#revision;
  }

  see(answer: object): void {
    const { header } = answer as { readonly header?: { readonly revision: bigint } };
    if (header !== undefined) this.reach(Number(header.revision));
  }

  reach(revision: number): void {
    if (revision > this.#revision) this.#revision = revision;
  }
}
