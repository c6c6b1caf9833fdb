import type * as z from 'zod';

/** Keys of `Answer`, optional ones and those of its parts among them, that `Named` does not have. */
type Unnamed<Answer, Named> = Answer extends readonly (infer Item)[]
  ? Named extends readonly (infer NamedItem)[]
    ? Unnamed<Item, NamedItem>
    : never
  : Answer extends object
    ? {
        [Key in keyof Answer]-?: Key extends keyof Named
          ? Unnamed<NonNullable<Answer[Key]>, NonNullable<Named[Key]>>
          : Key;
      }[keyof Answer]
    : never;

/**
 * The schema of an answer, which names all that the answer's type has: what it does not name is not sent. A key that is left
 * out, and may be absent, would fit the type; here it is an error of the compiler.
 */
export function answerSchema<Answer>() {
  return <Schema extends z.ZodType<Answer>>(
    schema: [Unnamed<Answer, z.output<Schema>>] extends [never]
      ? Schema
      : { readonly unnamed: Unnamed<Answer, z.output<Schema>> },
  ): z.ZodType<Answer> => schema as Schema;
}
