/** The shape of a single file: how long, how wide, and what the language may not be used for. */
import ts from 'typescript';
import { isTest, lineOf, nodesOf, placeOf, type Source } from './sources.ts';

export const FILE_LINES_MAX = 300;
export const FUNCTION_LINES_MAX = 70;
export const COLUMNS_MAX = 100;
/** Prose may run over a little where a word would not fit. */
const COMMENT_COLUMNS_MAX = 120;

/** Functions that are too long. One that holds tests is a suite, and its tests are what is measured. */
export function longFunctions(source: Source): string[] {
  const { tree, path } = source;
  const problems: string[] = [];
  for (const node of nodesOf(tree)) {
    if (!ts.isFunctionLike(node) || (isTest(path) && isSuite(node))) continue;
    const lines = lineOf(tree, node.end) - lineOf(tree, node.getStart(tree)) + 1;
    if (lines > FUNCTION_LINES_MAX) {
      problems.push(`${placeOf(source, node)} has a function of ${lines} lines`);
    }
  }
  return problems;
}

function isSuite(node: ts.Node): boolean {
  for (const inner of nodesOf(node)) {
    if (!ts.isCallExpression(inner)) continue;
    const callee = inner.expression.getText();
    if (/^(describe|test|it)\b/.test(callee)) return true;
  }
  return false;
}

/** A long text in quotes stays on its line: breaking it would hide it from a search. */
export function wideLines({ tree, lines, path }: Source): string[] {
  const excepted = new Set<number>();
  for (const node of nodesOf(tree)) {
    if (isText(node) && node.end - node.pos > 30) {
      const last = lineOf(tree, node.end);
      for (let line = lineOf(tree, node.getStart(tree)); line <= last; line++) excepted.add(line);
    }
  }
  return lines.flatMap((text, index) => {
    const isComment = /^\s*(\/?\*|\/\/)/.test(text);
    const most = isComment ? COMMENT_COLUMNS_MAX : COLUMNS_MAX;
    if (text.length <= most || excepted.has(index + 1)) return [];
    return [`${path}:${index + 1} has ${text.length} columns`];
  });
}

function isText(node: ts.Node): boolean {
  return (
    ts.isStringLiteralLike(node) ||
    ts.isTemplateExpression(node) ||
    ts.isRegularExpressionLiteral(node)
  );
}

/** No enum, no namespace: the sources run as they are once types are stripped. */
export function unerasable(source: Source): string[] {
  return [...nodesOf(source.tree)]
    .filter((node) => ts.isEnumDeclaration(node) || isNamespace(node))
    .map((node) => `${placeOf(source, node)} has an enum or a namespace`);
}

/** `declare global` describes what is there already. */
function isNamespace(node: ts.Node): boolean {
  return ts.isModuleDeclaration(node) && (node.flags & ts.NodeFlags.GlobalAugmentation) === 0;
}

/** A top-level await would break `require(esm)` for CommonJS programs. */
export function topLevelAwaits(source: Source): string[] {
  return [...nodesOf(source.tree)]
    .filter((node) => isAwait(node) && enclosingFunction(node) === undefined)
    .map((node) => `${placeOf(source, node)} awaits at the top level`);
}

function isAwait(node: ts.Node): boolean {
  return (
    ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier !== undefined)
  );
}

function enclosingFunction(node: ts.Node): ts.Node | undefined {
  return ts.findAncestor(node, (outer) => ts.isFunctionLike(outer));
}

const OUTSIDE_WORLD: ReadonlySet<string> = new Set(
  [
    ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'process.nextTick'],
    ['Date', 'performance', 'process.hrtime', 'crypto', 'Math.random'],
  ].flat(),
);

/** Code that must give the same for the same: no clock, no randomness, nothing asynchronous. */
export function indeterminacies(source: Source): string[] {
  return [...nodesOf(source.tree)].flatMap((node) => {
    if (isAwait(node)) return [`${placeOf(source, node)} awaits`];
    const isName = ts.isIdentifier(node) && !isPropertyName(node);
    if (!isName && !ts.isPropertyAccessExpression(node)) return [];
    const name = node.getText();
    return OUTSIDE_WORLD.has(name) ? [`${placeOf(source, node)} uses ${name}`] : [];
  });
}

function isPropertyName(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    ts.isPropertyAssignment(parent) ||
    ts.isPropertySignature(parent)
  );
}
