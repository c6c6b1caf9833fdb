import {
  createTemplateBody,
  destinations,
  destinationsBody,
  PublicError,
  recordingConfiguration,
  recordingsBody,
  roleBody,
  roleName,
  role as roleSchema,
  settingsBody,
  templateName,
  templateOfBody,
  templateSettings,
  updateTemplateBody,
} from '@amphi/protocol';
import * as z from 'zod';
import {
  changeTemplate,
  createTemplate,
  newTemplateName,
  putRole,
  removeRole,
  shownSettings,
  type TemplateDeps,
} from '../../platform/templates.ts';
import { MAX_COMPOSITION_BYTES } from '../bodies.ts';
import { keptAnswer } from '../kept-answers.ts';
import type { WebServer } from '../web-server.ts';
import { cursorList, cursorListSchema, pageQuery, templateObject, templateObjectSchema } from './objects.ts';
import { flag } from './queries.ts';
import { knownTemplateOf, templateOf, workspaceOf } from './workspace-access.ts';

const params = z.object({ templateId: z.string() });
/** To read or remove: what is there may have a name that a new role could not have. */
const roleParams = params.extend({ role: z.string() });
const tags = ['templates'];
const knownTemplate = keptAnswer(templateObject);
/** What holds compositions, with their images. */
const bodyLimit = MAX_COMPOSITION_BYTES;

/** `/v2/templates`. */
export function templateRoutes(server: WebServer, deps: TemplateDeps): void {
  const { store } = deps;

  server.post(
    '/templates',
    {
      bodyLimit,
      schema: {
        tags,
        summary: 'Create a template, or write over the one of this name',
        body: createTemplateBody,
        response: { 200: templateObjectSchema },
      },
    },
    async (request) => {
      const { name = newTemplateName(), ...rest } = request.body;
      const template = templateOfBody(rest, name);
      const known = await store.apps.findTemplateByName(workspaceOf(request), name);
      if (!known) return templateObject(await createTemplate(store, workspaceOf(request), template));
      return templateObject(await changeTemplate(deps, known.id, ({ recordings }) => ({ ...template, recordings })));
    },
  );

  server.get(
    '/templates',
    {
      schema: {
        tags,
        summary: 'List templates, newest first',
        querystring: pageQuery.extend({ name: templateName.optional(), default: flag.optional() }),
        response: { 200: cursorListSchema(templateObjectSchema) },
      },
    },
    async (request) => {
      const { default: isDefault, ...page } = request.query;
      const templates = await store.apps.listTemplates({ workspaceId: workspaceOf(request), isDefault, ...page });
      return cursorList(templates, page.limit, templateObject);
    },
  );

  server.get(
    '/templates/:templateId',
    { schema: { tags, summary: 'Read a template', params, response: { 200: templateObjectSchema } } },
    async (request) => knownTemplate(await knownTemplateOf(store, request, request.params.templateId)),
  );

  server.post(
    '/templates/:templateId',
    {
      bodyLimit,
      schema: {
        tags,
        summary: 'Write over a template: what is not sent is empty afterwards, but for the name',
        params,
        body: updateTemplateBody,
        response: { 200: templateObjectSchema },
      },
    },
    async (request) => {
      const { id } = await templateOf(store, request, request.params.templateId);
      const { name, ...rest } = request.body;
      const change = await changeTemplate(deps, id, (before) => ({
        ...templateOfBody(rest, name ?? before.name),
        recordings: before.recordings,
      }));
      return templateObject(change);
    },
  );

  server.get(
    '/templates/:templateId/roles/:role',
    { schema: { tags, summary: 'Read a role', params: roleParams, response: { 200: roleSchema } } },
    async (request) => {
      const { body } = await templateOf(store, request, request.params.templateId);
      const { role } = request.params;
      if (!Object.hasOwn(body.roles, role)) throw new PublicError(404, `Role not found: ${role}`);
      return body.roles[role]!;
    },
  );

  server.post(
    '/templates/:templateId/roles/:role',
    {
      schema: {
        tags,
        summary: 'Create a role, or put another in its place; with another name in the body it has that one',
        params: params.extend({ role: roleName }),
        body: roleBody,
        response: { 200: roleSchema },
      },
    },
    async (request) => {
      const template = await templateOf(store, request, request.params.templateId);
      return putRole(deps, template, request.params.role, request.body);
    },
  );

  server.delete(
    '/templates/:templateId/roles/:role',
    {
      schema: { tags, summary: 'Remove a role', params: roleParams, response: { 204: z.null() } },
    },
    async (request, reply) => {
      await removeRole(deps, await templateOf(store, request, request.params.templateId), request.params.role);
      return reply.code(204).send(null);
    },
  );

  server.get(
    '/templates/:templateId/settings',
    { schema: { tags, summary: 'Read the settings', params, response: { 200: templateSettings } } },
    async (request) => shownSettings((await templateOf(store, request, request.params.templateId)).body.settings),
  );

  server.post(
    '/templates/:templateId/settings',
    {
      schema: {
        tags,
        summary: 'Write over the settings',
        params,
        body: settingsBody,
        response: { 200: templateSettings },
      },
    },
    async (request) => {
      const { id } = await templateOf(store, request, request.params.templateId);
      const changed = await changeTemplate(deps, id, (before) => ({ ...before, settings: request.body }));
      return shownSettings(changed.body.settings);
    },
  );

  server.get(
    '/templates/:templateId/destinations',
    { schema: { tags, summary: 'Read the destinations', params, response: { 200: destinations } } },
    async (request) => (await templateOf(store, request, request.params.templateId)).body.destinations,
  );

  server.post(
    '/templates/:templateId/destinations',
    {
      bodyLimit,
      schema: {
        tags,
        summary: 'Write over the destinations; a stream that runs is drawn otherwise at once, in the shape it has',
        params,
        body: destinationsBody,
        response: { 200: destinations },
      },
    },
    async (request) => {
      const { id } = await templateOf(store, request, request.params.templateId);
      const changed = await changeTemplate(deps, id, (before) => ({ ...before, destinations: request.body }));
      return changed.body.destinations;
    },
  );

  const recordings = z.array(recordingConfiguration);
  server.get(
    '/templates/:templateId/recordings',
    { schema: { tags, summary: 'Read the recording configuration', params, response: { 200: recordings } } },
    async (request) => (await templateOf(store, request, request.params.templateId)).body.recordings,
  );

  server.post(
    '/templates/:templateId/recordings',
    {
      schema: {
        tags,
        summary: 'Write over the recording configuration',
        params,
        body: recordingsBody,
        response: { 200: recordings },
      },
    },
    async (request) => {
      const { id } = await templateOf(store, request, request.params.templateId);
      const changed = await changeTemplate(deps, id, (before) => {
        request.body.forEach(({ role }, index) => {
          if (!Object.hasOwn(before.roles, role)) {
            const names = Object.keys(before.roles).join(', ');
            throw new PublicError(400, `Invalid body param: ${index}.role: one of ${names}, got "${role}"`);
          }
        });
        return { ...before, recordings: request.body };
      });
      return changed.body.recordings;
    },
  );
}
