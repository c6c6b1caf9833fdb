declare const brand: unique symbol;

/** A string that may not be mixed up with another kind of string (ids, tokens). */
export type Brand<Name extends string> = string & { readonly [brand]: Name };
