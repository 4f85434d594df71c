/** Kinds of traffic, by what they are like. */

export const PROFILES = ['uniform', 'kubernetes', 'locks', 'queue'] as const;

export type Profile = (typeof PROFILES)[number];

export function isProfile(name: string): name is Profile {
  return (PROFILES as readonly string[]).includes(name);
}
