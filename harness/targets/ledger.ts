/** What a run has checked: how many answers, and which rules were exercised how often. */

export class Ledger {
  /** Answers that were compared with the model's. */
  operations = 0;
  /** By R-number. */
  readonly rules: Map<string, number> = new Map();

  exercised(rule: string, times = 1): void {
    this.rules.set(rule, (this.rules.get(rule) ?? 0) + times);
  }

  add(other: { readonly operations: number; readonly rules: Iterable<[string, number]> }): void {
    this.operations += other.operations;
    for (const [rule, times] of other.rules) this.exercised(rule, times);
  }
}
