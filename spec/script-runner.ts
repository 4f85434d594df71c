/**
 * Runs golden scripts: against the model here, against a store in the harness. Both come in as a way to
 * get an operation answered, so this file knows neither.
 */
import { responseLines } from './describe.ts';
import { Model } from './model.ts';
import { type ScriptBlock, parseScript } from './script-parser.ts';
import type { Operation, Response } from './types.ts';

/** The whole script with what the model answers below each ruler. */
export function runOnModel(text: string): string {
  const model = new Model();
  return assemble(
    parseScript(text).map((block) => ({
      block,
      responses: block.operations.map((operation) => model.step(operation)),
    })),
  );
}

export interface AnsweredBlock {
  readonly block: ScriptBlock;
  readonly responses: readonly Response[];
}

/** A script as text again, its expectations replaced by these answers. */
export function assemble(blocks: readonly AnsweredBlock[]): string {
  const paragraphs = blocks.map(({ block, responses }) =>
    responses.length === 0
      ? block.input.join('\n')
      : [...block.input, '---', ...responses.flatMap(responseLines)].join('\n'),
  );
  return `${paragraphs.join('\n\n')}\n`;
}

/** The operations of a script, in order. */
export function operationsOf(text: string): Operation[] {
  return parseScript(text).flatMap(({ operations }) => operations);
}
