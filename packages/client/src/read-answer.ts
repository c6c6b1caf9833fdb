import type * as z from 'zod/mini';
import { ClientError } from './errors.ts';

/** What the server answered, as what it has to be. @throws ClientError `malformed_answer` */
export function readAnswer<T>(schema: z.ZodMiniType<T>, method: string, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new ClientError('malformed_answer', `${method}: ${parsed.error.issues[0]?.message ?? 'malformed'}`, {
    cause: parsed.error,
  });
}
