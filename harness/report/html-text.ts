/** Text for a page: everything that came from outside goes through here. */
import { printable } from './text.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** As content of an element, or of an attribute in quotes. */
export function escaped(text: string): string {
  return printable(text).replaceAll(/[&<>"']/g, (char) => ENTITIES[char]!);
}

/** A section of the page with its heading. */
export function section(id: string, title: string, ...content: readonly string[]): string {
  return [
    `<section aria-labelledby="${id}">`,
    `<h2 id="${id}">${escaped(title)}</h2>`,
    ...content,
    '</section>',
  ].join('\n');
}

/** Text is escaped already, so that it can hold marks. */
export function row(cells: readonly string[], className = ''): string {
  const attribute = className === '' ? '' : ` class="${className}"`;
  return `<tr${attribute}>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

export function tableHead(titles: readonly string[]): string {
  const cells = titles.map((title) => `<th scope="col">${escaped(title)}</th>`);
  return `<thead><tr>${cells.join('')}</tr></thead>`;
}
