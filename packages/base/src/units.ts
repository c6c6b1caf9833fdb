/** Time and rate with the unit in the type. Values are plain numbers at run time. */

declare const unit: unique symbol;
type Unit<Name extends string> = number & { readonly [unit]?: Name };

/** Milliseconds; a point in time when named `…At` (Unix epoch), a length otherwise. */
export type Millis = Unit<'ms'>;
/** Microseconds. */
export type Micros = Unit<'us'>;
/** Seconds. */
export type Seconds = Unit<'s'>;

export const millis = (value: number): Millis => value as Millis;
export const seconds = (value: number): Seconds => value as Seconds;
export const toSeconds = (value: Millis): Seconds => (value / 1000) as Seconds;
export const toMillis = (value: Seconds): Millis => (value * 1000) as Millis;
