import { randomUUID } from 'node:crypto';
import { assert, type Clock } from '@amphi/base';
import { PublicError, platformAnswers, type WebhookView, webhookBody } from '@amphi/protocol';
import type { Store } from '@amphi/store';
import type { FastifyRequest } from 'fastify';
import type { WebhookCaller } from '../webhooks/webhook-caller.ts';
import { errorBody } from './bodies.ts';
import type { WebServer } from './web-server.ts';

const errors = { 400: errorBody, 401: errorBody, 403: errorBody, 404: errorBody };
const tags = ['platform'];
const NONE: WebhookView = { enabled: false, url: '', headers: {} };

/** The workspace's back end, below `/platform/webhook`. */
export function webhookRoutes(
  server: WebServer,
  options: {
    readonly store: Pick<Store, 'webhooks' | 'workspaces'>;
    readonly webhooks: WebhookCaller;
    readonly clock: Clock;
  },
  workspaceOf: (request: FastifyRequest) => string,
): void {
  const { store, webhooks, clock } = options;

  server.get(
    '/webhook',
    { schema: { tags, summary: 'Where a back end is told', response: { 200: platformAnswers.webhook, ...errors } } },
    async (request) => ({ webhook: (await store.webhooks.ofWorkspace(workspaceOf(request))) ?? NONE }),
  );

  server.post(
    '/webhook',
    {
      schema: {
        tags,
        summary: 'Tell a back end what happens',
        body: webhookBody,
        response: { 200: platformAnswers.webhook, ...errors },
      },
    },
    async (request) => ({
      webhook: await store.webhooks.set({ workspaceId: workspaceOf(request), ...request.body }),
    }),
  );

  server.post(
    '/webhook/test',
    {
      schema: {
        tags,
        summary: 'Send a test event, once, and tell what came back',
        response: { 200: platformAnswers.webhookTest, ...errors },
      },
    },
    async (request) => {
      const workspaceId = workspaceOf(request);
      const webhook = await store.webhooks.ofWorkspace(workspaceId);
      if (!webhook) throw new PublicError(404, 'no webhook is set');
      const key = await store.workspaces.signingKey(workspaceId);
      assert(key, 'the workspace has no key to sign by');
      const body = JSON.stringify({
        version: '2.0',
        id: randomUUID(),
        account_id: workspaceId,
        timestamp: new Date(clock.now()).toISOString(),
        type: 'webhook.test',
        data: {},
      });
      const error = await webhooks.call({ url: webhook.url, headers: webhook.headers, body, secret: key.secret });
      return { result: error === undefined ? { ok: true } : { ok: false, error } };
    },
  );
}
