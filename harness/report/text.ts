/** Numbers, durations and foreign text as every report prints them. */

/** Whole, in groups of three digits: 1,234,567. */
export function grouped(number: number): string {
  return String(Math.round(number)).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 run`, `2,000 runs`. */
export function counted(number: number, noun: string): string {
  return `${grouped(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** 0 as long as no time has passed. */
export function perSecond(operations: number, seconds: number): number {
  return seconds > 0 ? operations / seconds : 0;
}

export function durationText(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 120) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 120) return `${minutes} min ${two(whole % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

const two = (number: number): string => String(number).padStart(2, '0');

/** What is too long keeps its beginning and its end. */
export function clipped(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  const tail = Math.floor((lengthMax - 1) / 3);
  const head = lengthMax - 1 - tail;
  return `${text.slice(0, head)}…${text.slice(text.length - tail)}`;
}

/** Messages may hold anything: what a terminal or a page would not print shows as \xNN. */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{C}\n]/gu, (char) => {
    const code = char.codePointAt(0)!.toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u{${code}}`;
  });
}

/** R2 before R10, whatever else there is after these. */
export function compareRules(a: string, b: string): number {
  const difference = numberIn(a) - numberIn(b);
  return difference === 0 ? (a < b ? -1 : a > b ? 1 : 0) : difference;
}

function numberIn(rule: string): number {
  const digits = /\d+/.exec(rule);
  return digits === null ? Number.MAX_SAFE_INTEGER : Number(digits[0]);
}
