import { PublicError, role as roleSchema, templateBody } from '@amphi/protocol';
import type { Store } from '@amphi/store';
import * as z from 'zod';
import { errorBody } from '../bodies.ts';
import type { WebServer } from '../web-server.ts';
import { cursorList, cursorListSchema, pageQuery, templateObject, templateObjectSchema } from './objects.ts';
import { templateOf, workspaceOf } from './workspace-access.ts';

const params = z.object({ templateId: z.string() });
const errors = { 400: errorBody, 401: errorBody, 404: errorBody };
const tags = ['templates'];

/** `/v2/templates`, reading. */
export function templateRoutes(server: WebServer, store: Store): void {
  server.get(
    '/templates',
    {
      schema: {
        tags,
        summary: 'List templates, newest first',
        querystring: pageQuery,
        response: { 200: cursorListSchema(templateObjectSchema), ...errors },
      },
    },
    async (request) => {
      const page = { workspaceId: workspaceOf(request), ...request.query };
      return cursorList(await store.apps.listTemplates(page), page.limit, templateObject);
    },
  );

  server.get(
    '/templates/:templateId',
    { schema: { tags, summary: 'Read a template', params, response: { 200: templateObjectSchema, ...errors } } },
    async (request) => templateObject(await templateOf(store, request, request.params.templateId)),
  );

  server.get(
    '/templates/:templateId/roles/:role',
    {
      schema: {
        tags,
        summary: 'Read a role',
        params: params.extend({ role: z.string() }),
        response: { 200: roleSchema, ...errors },
      },
    },
    async (request) => {
      const template = await templateOf(store, request, request.params.templateId);
      const role = Object.values(template.body.roles).find(({ name }) => name === request.params.role);
      if (!role) throw new PublicError(404, `Role not found: ${request.params.role}`);
      return role;
    },
  );

  server.get(
    '/templates/:templateId/settings',
    {
      schema: { tags, summary: 'Read the settings', params, response: { 200: templateBody.shape.settings, ...errors } },
    },
    async (request) => (await templateOf(store, request, request.params.templateId)).body.settings,
  );

  server.get(
    '/templates/:templateId/destinations',
    {
      schema: {
        tags,
        summary: 'Read the destinations',
        params,
        response: { 200: templateBody.shape.destinations, ...errors },
      },
    },
    async (request) => (await templateOf(store, request, request.params.templateId)).body.destinations,
  );
}
