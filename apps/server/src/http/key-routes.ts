import type { Clock } from '@amphi/base';
import { type KeyView, managementTokenBody, PublicError, platformAnswers } from '@amphi/protocol';
import type { AccessKey, Owner, Store } from '@amphi/store';
import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import type { SessionHost } from '../sessions/ports/host.ts';
import { issueManagementToken } from '../tokens/management-tokens.ts';
import { errorBody } from './bodies.ts';
import type { WebServer } from './web-server.ts';

const tags = ['platform'];
const errors = { 401: errorBody, 403: errorBody, 404: errorBody, 409: errorBody };
const params = z.object({ accessKey: z.string().max(100) });

/** `/platform/keys`: several pairs that sign at a time, so that one can take the place of another without a gap. */
export function keyRoutes(
  server: WebServer,
  options: {
    readonly store: Pick<Store, 'workspaces'>;
    readonly host: Pick<SessionHost, 'closeKey'>;
    readonly clock: Clock;
  },
  askerOf: (request: FastifyRequest) => Owner,
): void {
  const { store, host, clock } = options;
  const workspaceOf = (request: FastifyRequest): string => askerOf(request).workspaceId;

  server.get(
    '/keys',
    { schema: { tags, summary: 'Keys that sign, oldest first', response: { 200: platformAnswers.keys, ...errors } } },
    async (request) => ({ keys: (await store.workspaces.keysOf(workspaceOf(request))).map(keyView) }),
  );

  server.post(
    '/keys',
    { schema: { tags, summary: 'Make another key', response: { 201: platformAnswers.key, ...errors } } },
    async (request, reply) => {
      const key = await store.workspaces.addKey(workspaceOf(request));
      return reply.code(201).send({ key: keyView(key, 1) });
    },
  );

  server.delete(
    '/keys/:accessKey',
    {
      schema: {
        tags,
        summary: 'Revoke a key: its tokens are refused from now on, and who came by one is put out',
        params,
        response: { 204: z.null(), ...errors },
      },
    },
    async (request, reply) => {
      const { accessKey } = request.params;
      await store.workspaces.revokeKey(workspaceOf(request), accessKey);
      host.closeKey(accessKey);
      return reply.code(204).send(null);
    },
  );

  server.post(
    '/keys/:accessKey/management-token',
    {
      schema: {
        tags,
        summary: 'Sign a management token, which ends with the right of whoever asks to make one',
        params,
        body: managementTokenBody,
        response: { 200: platformAnswers.managementToken, ...errors, 400: errorBody },
      },
    },
    async (request) => {
      const { id: memberId, workspaceId } = askerOf(request);
      const keys = await store.workspaces.keysOf(workspaceId);
      const key = keys.find(({ accessKey }) => accessKey === request.params.accessKey);
      if (!key) throw new PublicError(404, 'no such key');
      return { token: issueManagementToken(key, clock, { lifetimeS: request.body.validForS, memberId }) };
    },
  );
}

function keyView({ accessKey, secret, createdAt }: AccessKey, index: number): KeyView {
  return { accessKey, secret, createdAt: createdAt.toISOString(), signsWebhooks: index === 0 };
}
