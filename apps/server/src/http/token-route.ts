import { assert, Buckets, type Clock, charge } from '@amphi/base';
import { PublicError, type TokenAnswer, tokenByRoomCodeBody } from '@amphi/protocol';
import type { Store } from '@amphi/store';
import * as z from 'zod';
import { addressKey } from '../budgets/address-key.ts';
import { crowdOf } from '../budgets/crowd.ts';
import type { DoorGuesses } from '../budgets/guesses.ts';
import { overBudget } from '../budgets/over-budget.ts';
import type { Limits } from '../settings/limits.ts';
import type { RoomTokens } from '../tokens/room-tokens.ts';
import { errorBody } from './bodies.ts';
import type { Readiness } from './health.ts';
import { uncheckedAnswers } from './unchecked-answers.ts';
import type { WebServer } from './web-server.ts';

/** A code of another shape is an unknown one: clients have a text of their own for that. */
const body = tokenByRoomCodeBody.extend({ code: z.string().min(1).max(100) });

const answer: z.ZodType<TokenAnswer> = z.object({ token: z.string(), expires_at: z.string(), expiresAt: z.string() });

/** `POST /v2/token`: a room code for a client auth token. */
export function tokenRoute(
  server: WebServer,
  options: {
    readonly store: Pick<Store, 'admissions'>;
    readonly roomTokens: RoomTokens;
    readonly guesses: Pick<DoorGuesses, 'codes' | 'heldBack'>;
    readonly readiness: Readiness;
    readonly limits: Limits;
    readonly clock: Clock;
  },
): void {
  const { store, roomTokens, guesses, readiness, limits, clock } = options;
  const given = new Buckets({ name: 'tokens for this room code from this address', rate: limits.tokensPerCrowd });
  const schema = {
    tags: ['clients'],
    summary: 'Client auth token for a room code',
    description: 'The body is read as JSON whatever its content type.',
    body,
    response: { 200: answer, 400: errorBody, 403: errorBody, 404: errorBody, 429: errorBody },
  };
  server.post('/token', { schema, serializerCompiler: uncheckedAnswers }, async (request): Promise<TokenAnswer> => {
    readiness.assertAccepting();
    const text = request.body.code.toLowerCase();
    const from = addressKey(request.ip);
    const admission = await guesses.codes.lookUp(from, text, () => store.admissions.byCode(text));
    if (!admission) throw new PublicError(404, 'room code does not exist');
    const { code, place, signingKey } = admission;
    if (!code.enabled) throw new PublicError(403, 'room code is disabled');
    if (!place.room.enabled) throw new PublicError(403, 'room is not active');
    if (!place.template.body.roles[code.role])
      throw new PublicError(403, 'role is invalid: it is no longer in the template');
    const refusal = charge([{ limit: given, key: crowdOf(code.id, from) }], clock.now());
    if (refusal) {
      await guesses.heldBack.hold(from);
      throw overBudget(refusal);
    }
    assert(signingKey, `workspace ${place.room.workspaceId} has no key to sign with`);
    const { token, expiresAt } = roomTokens.issueBy(signingKey, {
      roomId: place.room.id,
      role: code.role,
      userId: request.body.user_id,
      codeId: code.id,
    });
    const end = expiresAt.toISOString();
    return { token, expires_at: end, expiresAt: end };
  });
}
