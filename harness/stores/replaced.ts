/** An object some of whose methods are others; the rest goes to the object itself. */
export function replaced<T extends object>(whole: T, replacements: Partial<T>): T {
  return new Proxy(whole, {
    get(target, name) {
      const own: unknown = Reflect.get(replacements, name) ?? Reflect.get(target, name, target);
      return typeof own === 'function' ? (own.bind(target) as unknown) : own;
    },
  });
}
