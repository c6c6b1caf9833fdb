import * as z from 'zod';

/**
 * A field of the API that this server has nothing for: refused by its name, as dropping it would promise what does not
 * happen. What asks for nothing is let through.
 */
export function unsupported(asksForNothing: (value: unknown) => boolean) {
  return z
    .unknown()
    .refine((value) => value === undefined || value === null || asksForNothing(value), 'not supported by this server')
    .optional();
}

/** Whether the value is an object whose switches are all off. */
export function isOff(value: unknown, switches: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).every(([name, state]) => switches.includes(name) && state === false);
}
