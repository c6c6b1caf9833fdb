import type { FastifySerializerCompiler } from 'fastify';
import type * as z from 'zod';

/** Answers that are given again and again as they are. */
const kept = new WeakSet<object>();

/**
 * Makes answers of what the store remembers (`Admissions`): for the same row the same answer, which `keepingTexts` checks and
 * writes as text once. Neither row nor answer may be changed after that. They go with the row.
 * @param make with the same `rest` each time for one row
 */
export function keptAnswer<Row extends object, Rest extends readonly unknown[], Answer extends object>(
  make: (row: Row, ...rest: Rest) => Answer,
): (row: Row, ...rest: Rest) => Answer {
  const answers = new WeakMap<Row, Answer>();
  return (row, ...rest) => {
    const known = answers.get(row);
    if (known) return known;
    const answer = make(row, ...rest);
    answers.set(row, answer);
    kept.add(answer);
    return answer;
  };
}

/** A serializer that does its work once for each answer that is kept. */
export function keepingTexts(compiler: FastifySerializerCompiler<z.ZodType>): FastifySerializerCompiler<z.ZodType> {
  return (route) => {
    const serialize = compiler(route);
    // By route: what leaves by one is not for another.
    const texts = new WeakMap<object, string>();
    return (answer: unknown) => {
      if (typeof answer !== 'object' || answer === null || !kept.has(answer)) return serialize(answer);
      let text = texts.get(answer);
      if (text === undefined) {
        text = serialize(answer);
        texts.set(answer, text);
      }
      return text;
    };
  };
}
