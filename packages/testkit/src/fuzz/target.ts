import type fc from 'fast-check';

/**
 * One border that strangers reach, as something to throw inputs at. A file `NAME.fuzz.ts` below a `test` folder exports
 * one as its default and is called NAME; `npm test` runs each with a fixed number of inputs, `npm run fuzz -- NAME` for as
 * long as one likes.
 */
export interface FuzzTarget<Input = unknown> {
  /** Whole and broken inputs; what it makes must be a plain value, since a failure prints it. */
  readonly inputs: fc.Arbitrary<Input>;
  /** Throws when the border does what it must never do; refusing an input in its own words is no failure. */
  check(input: Input): void | Promise<void>;
  /** Inputs of one run of the tests, for borders that are dear to reach. Default: 1,000. */
  readonly inputsInTests?: number;
  /** Lets go of what the module opened. Called once, after the last input. */
  close?(): Promise<void>;
}

/** Types the inputs of a target by its arbitrary. */
export function defineFuzzTarget<Input>(target: FuzzTarget<Input>): FuzzTarget<Input> {
  return target;
}
