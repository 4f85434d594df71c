/**
 * Whether two answers say the same. By far the most do, so no text is made of them first; an absent field is
 * one that is undefined.
 */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((one, i) => isSame(one, b[i]));
  }
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  for (const name in left) if (!isSame(left[name], right[name])) return false;
  for (const name in right) {
    if (right[name] !== undefined && left[name] === undefined) return false;
  }
  return true;
}
