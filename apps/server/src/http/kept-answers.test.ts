import { serializerCompiler } from 'fastify-type-provider-zod';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { keepingTexts, keptAnswer } from './kept-answers.ts';

const route = { url: '/', method: 'GET', httpStatus: '200' };
const compile = keepingTexts(serializerCompiler);
const serializerOf = (schema: z.ZodType) => compile({ ...route, schema });

it('an answer is made, checked and written once for a row', () => {
  let checks = 0;
  const serialize = serializerOf(z.object({ name: z.string().refine(() => ++checks > 0) }));
  let made = 0;
  const answerOf = keptAnswer((row: { readonly id: number }) => {
    made += 1;
    return { name: `room ${row.id}` };
  });
  const [row, other] = [{ id: 1 }, { id: 2 }];
  const texts = [row, row, other, row].map((each) => serialize(answerOf(each)));
  expect(texts).toEqual([1, 1, 2, 1].map((id) => `{"name":"room ${id}"}`));
  expect([made, checks]).toEqual([2, 2]);
});

it('each route checks by its own schema, and what nobody keeps is checked each time', () => {
  const answer = keptAnswer(() => ({ name: 'room', secret: 'x' }))({});
  expect(serializerOf(z.object({ name: z.string(), secret: z.string() }))(answer)).toContain('secret');
  expect(serializerOf(z.object({ name: z.string() }))(answer)).toBe('{"name":"room"}');
  const numbers = serializerOf(z.object({ name: z.number() }));
  expect(() => numbers(answer)).toThrow();
  expect(() => numbers(answer)).toThrow();
  const fresh = { name: 1 };
  expect(numbers(fresh)).toBe('{"name":1}');
  fresh.name = 2;
  expect(numbers(fresh)).toBe('{"name":2}');
});
