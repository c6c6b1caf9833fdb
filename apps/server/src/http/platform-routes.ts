import { assert, type Clock } from '@amphi/base';
import {
  acceptInvitationBody,
  createAppBody,
  destinationChange,
  invitationCode,
  oneTimeSignInBody,
  PublicError,
  platformAnswers,
  roomLook,
  setPasswordBody,
  signInBody,
} from '@amphi/protocol';
import type { Owner, Store } from '@amphi/store';
import cookie from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { addressKey } from '../budgets/address-key.ts';
import type { Guesses } from '../budgets/guesses.ts';
import type { DoctorRuns } from '../doctor/doctor-runs.ts';
import type { EgressJobs } from '../egress-jobs/egress-jobs.ts';
import { appSummary, appView, changeDestination, changeLook, createApp, findApp, lookView } from '../platform/apps.ts';
import { KITS } from '../platform/kits.ts';
import { isAtLeast, leastRoleFor, withoutSecrets } from '../platform/member-rights.ts';
import { type OwnerAccounts, ownerView, SESSION_MS, type SignedIn } from '../platform/owner-accounts.ts';
import type { SignInLimits } from '../platform/sign-in-limits.ts';
import type { UploadTargets } from '../recordings/upload-targets.ts';
import type { SessionHost } from '../sessions/ports/host.ts';
import { hashToken } from '../sessions/token-hash.ts';
import { issueManagementToken } from '../tokens/management-tokens.ts';
import type { WebhookCaller } from '../webhooks/webhook-caller.ts';
import { errorBody, MAX_COMPOSITION_BYTES } from './bodies.ts';
import { keyRoutes } from './key-routes.ts';
import { memberRoutes } from './member-routes.ts';
import type { Metrics } from './metrics.ts';
import type { PublicAddress } from './public-address.ts';
import { letInSignedIn } from './rest/workspace-access.ts';
import { storageRoutes } from './storage-routes.ts';
import type { WebServer } from './web-server.ts';
import { webhookRoutes } from './webhook-routes.ts';

const COOKIE = 'amphi_session';
const PATH = '/platform';

const errors = {
  400: errorBody,
  401: errorBody,
  403: errorBody,
  404: errorBody,
  409: errorBody,
  429: errorBody,
  503: errorBody,
};
const nothing = z.null();
const tags = ['platform'];

export interface PlatformOptions {
  readonly store: Store;
  readonly accounts: OwnerAccounts;
  readonly signInLimits: SignInLimits;
  /** Of cookies that belong to no session. */
  readonly guesses: Guesses;
  readonly address: PublicAddress;
  readonly doctor: Pick<DoctorRuns, 'start' | 'report'>;
  readonly host: Pick<SessionHost, 'recomposeLiveStreams' | 'templateChanged' | 'closeKey'>;
  readonly jobs: Pick<EgressJobs, 'chooseLayers'>;
  readonly metrics: Metrics;
  readonly webhooks: WebhookCaller;
  readonly targets: Pick<UploadTargets, 'proposed'>;
  /** Registers the operations of REST v2: the dashboard uses what back ends use. */
  readonly rest: (server: WebServer) => Promise<void>;
  readonly clock: Clock;
}

/** The dashboard's API (protocol, `platform.ts`), below `/platform`. */
export async function platformRoutes(server: WebServer, options: PlatformOptions): Promise<void> {
  await server.register(cookie);
  server.addHook('onRequest', async (request) => refuseOtherOrigins(request, options.address));
  server.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
  });
  signInRoutes(server, options);
  await server.register(async (scope) => {
    const signedIn = requireOwner(scope as WebServer, options);
    requireRight(scope as WebServer, signedIn);
    ownerRoutes(scope as WebServer, options, signedIn);
    appRoutes(scope as WebServer, options, signedIn);
    lookRoutes(scope as WebServer, options, signedIn);
    const workspaceOf = (request: FastifyRequest): string => signedIn(request).owner.workspaceId;
    keyRoutes(scope as WebServer, options, (request) => signedIn(request).owner);
    webhookRoutes(scope as WebServer, options, workspaceOf);
    storageRoutes(scope as WebServer, options, workspaceOf);
    memberRoutes(scope as WebServer, options, (request) => signedIn(request).owner);
    doctorRoutes(scope as WebServer, options);
    await scope.register(
      async (rest) => {
        letInSignedIn(rest as WebServer, workspaceOf);
        rest.addHook('preSerialization', async (request, _reply, answer) =>
          isAtLeast(signedIn(request).owner.role, 'admin') ? answer : withoutSecrets(answer),
        );
        await options.rest(rest as WebServer);
      },
      { prefix: '/v2' },
    );
  });
}

/**
 * The cookie is SameSite=Strict; besides, what changes something must come from our own pages (Origin, RFC 6454).
 * Programs send no Origin, and no cookie that they were not given.
 */
function refuseOtherOrigins(request: FastifyRequest, address: PublicAddress): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const { origin, 'sec-fetch-site': site } = request.headers;
  const foreign = origin === undefined ? site === 'cross-site' : !address.isOwn(origin, request);
  if (foreign) throw new PublicError(403, `requests from ${origin ?? 'another site'} are refused`);
}

function signInRoutes(server: WebServer, options: PlatformOptions): void {
  const { accounts, signInLimits, metrics } = options;
  const response = { 200: platformAnswers.session, ...errors };

  const signIn = async (
    request: FastifyRequest,
    reply: FastifyReply,
    by: 'password' | 'link',
    check: () => Promise<{ owner: Owner; token: string }>,
  ): Promise<{ owner: ReturnType<typeof ownerView> }> => {
    try {
      const { owner, token } = await signInLimits.attempt(addressKey(request.ip), by, check);
      metrics.signInTried('ok');
      setCookie(reply, options.address, token);
      return { owner: ownerView(owner) };
    } catch (error) {
      if (error instanceof PublicError) metrics.signInTried('refused');
      throw error;
    }
  };

  server.post(
    '/session',
    { schema: { tags, summary: 'Sign in with e-mail address and password', body: signInBody, response } },
    (request, reply) =>
      signIn(request, reply, 'password', () => accounts.signIn(request.body.email, request.body.password)),
  );
  server.post(
    '/session/one-time',
    { schema: { tags, summary: 'Sign in by a one-time link', body: oneTimeSignInBody, response } },
    (request, reply) => signIn(request, reply, 'link', () => accounts.signInOnce(request.body.code)),
  );
  server.post(
    '/invitations/look',
    {
      schema: {
        tags,
        summary: 'What an invitation offers',
        body: invitationCode,
        response: { 200: platformAnswers.offered, ...errors },
      },
    },
    async (request) => {
      const look = () => accounts.offered(request.body.code);
      const { email, role, expiresAt } = await signInLimits.attempt(addressKey(request.ip), 'link', look);
      return { invitation: { email, role, expiresAt: expiresAt.toISOString() } };
    },
  );
  server.post(
    '/invitations/accept',
    { schema: { tags, summary: 'Take an invitation, and sign in', body: acceptInvitationBody, response } },
    (request, reply) =>
      signIn(request, reply, 'link', () => accounts.acceptInvitation(request.body.code, request.body.password)),
  );
}

/** Before anything is read of a request: what is not written down in `member-rights.ts` is for owners. */
function requireRight(server: WebServer, signedIn: SignedInOf): void {
  server.addHook('onRequest', async (request) => {
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const operation = `${method} ${request.routeOptions.url?.slice(PATH.length) ?? ''}`;
    const { role } = signedIn(request).owner;
    const least = leastRoleFor(operation);
    if (!isAtLeast(role, least)) throw new PublicError(403, `this needs the role "${least}"; you are "${role}"`);
  });
}

type SignedInOf = (request: FastifyRequest) => SignedIn;

/** Lets in who is signed in, before anything else is looked at. */
function requireOwner(server: WebServer, { accounts, address, guesses }: PlatformOptions): SignedInOf {
  const known = new WeakMap<FastifyRequest, SignedIn>();
  server.addHook('onRequest', async (request, reply) => {
    const token = request.cookies[COOKIE];
    const find = async (cookie: string) =>
      guesses.lookUp(addressKey(request.ip), hashToken(cookie), () => accounts.find(cookie));
    const signedIn = token === undefined ? undefined : await find(token);
    if (token === undefined || !signedIn) throw new PublicError(401, 'not signed in');
    known.set(request, signedIn);
    if (signedIn.extended) setCookie(reply, address, token);
  });
  return (request) => {
    const signedIn = known.get(request);
    assert(signedIn, 'a platform route stands outside of its sign-in check');
    return signedIn;
  };
}

function ownerRoutes(server: WebServer, options: PlatformOptions, signedIn: SignedInOf): void {
  const { accounts, signInLimits, store, address, clock } = options;

  server.get(
    '/session',
    { schema: { tags, summary: 'Who is signed in', response: { 200: platformAnswers.session, ...errors } } },
    async (request) => ({ owner: ownerView(signedIn(request).owner) }),
  );

  server.delete(
    '/session',
    { schema: { tags, summary: 'Sign out', response: { 204: nothing, ...errors } } },
    async (request, reply) => {
      await accounts.signOut(signedIn(request));
      return reply.clearCookie(COOKIE, { path: PATH }).code(204).send(null);
    },
  );

  server.post(
    '/password',
    { schema: { tags, summary: 'Set a password', body: setPasswordBody, response: { 204: nothing, ...errors } } },
    async (request, reply) => {
      const set = () => accounts.setPassword(signedIn(request), request.body);
      await signInLimits.attempt(addressKey(request.ip), 'password', set);
      return reply.code(204).send(null);
    },
  );

  server.get(
    '/developer',
    { schema: { tags, summary: 'Keys and addresses', response: { 200: platformAnswers.developer, ...errors } } },
    async (request) => {
      const { id: memberId, workspaceId } = signedIn(request).owner;
      const key = await store.workspaces.signingKey(workspaceId);
      assert(key, 'the workspace has no key to sign with');
      const base = address.baseFor(request);
      return {
        developer: {
          accessKey: key.accessKey,
          secret: key.secret,
          apiUrl: `${base}/v2`,
          tokenUrl: `${base}/v2/token`,
          initUrl: `${base}/init`,
          managementToken: issueManagementToken(key, clock, { memberId }),
        },
      };
    },
  );
}

function appRoutes(server: WebServer, { store, address, host, jobs }: PlatformOptions, signedIn: SignedInOf): void {
  const params = z.object({ appId: z.string() });
  const view = async (request: FastifyRequest, found: Awaited<ReturnType<typeof findApp>>) => ({
    app: await appView(store, address.baseFor(request), found, {
      withLinks: isAtLeast(signedIn(request).owner.role, 'admin'),
      chooseLayers: (destination) => jobs.chooseLayers(destination),
    }),
  });
  const response = { 200: platformAnswers.app, ...errors };

  server.get(
    '/kits',
    { schema: { tags, summary: 'Starter kits', response: { 200: platformAnswers.kits, ...errors } } },
    async () => ({ kits: [...KITS] }),
  );

  server.get(
    '/apps',
    { schema: { tags, summary: 'Apps, newest first', response: { 200: platformAnswers.apps, ...errors } } },
    async (request) => ({ apps: (await store.apps.list(signedIn(request).owner.workspaceId)).map(appSummary) }),
  );

  server.post(
    '/apps',
    {
      schema: {
        tags,
        summary: 'Create an app from a starter kit',
        body: createAppBody,
        response: { 201: platformAnswers.app, ...errors },
      },
    },
    async (request, reply) => {
      const made = await createApp(store, signedIn(request).owner.workspaceId, request.body);
      return reply.code(201).send(await view(request, made));
    },
  );

  server.get('/apps/:appId', { schema: { tags, summary: 'Read an app', params, response } }, async (request) =>
    view(request, await findApp(store, signedIn(request).owner.workspaceId, request.params.appId)),
  );

  server.post(
    '/apps/:appId/destination',
    {
      bodyLimit: MAX_COMPOSITION_BYTES,
      schema: {
        tags,
        summary: 'Change the HLS destination; streams that run are drawn otherwise, in the shape they have',
        params,
        body: destinationChange,
        response,
      },
    },
    async (request) => {
      const { workspaceId } = signedIn(request).owner;
      return view(request, await changeDestination({ store, host }, workspaceId, request.params.appId, request.body));
    },
  );
}

/** How the room of an app looks. */
function lookRoutes(server: WebServer, { store }: PlatformOptions, signedIn: SignedInOf): void {
  const params = z.object({ appId: z.string() });
  const response = { 200: platformAnswers.look, ...errors };

  server.get(
    '/apps/:appId/look',
    { schema: { tags, summary: 'Read how the room of an app looks', params, response } },
    async (request) => {
      const { template } = await findApp(store, signedIn(request).owner.workspaceId, request.params.appId);
      return { look: lookView(template) };
    },
  );

  server.post(
    '/apps/:appId/look',
    {
      schema: {
        tags,
        summary: 'Say how the room of an app looks; what is not said is as the template has it',
        params,
        body: roomLook,
        response,
      },
    },
    async (request) => ({
      look: await changeLook(store, signedIn(request).owner.workspaceId, request.params.appId, request.body),
    }),
  );
}

/** Looks at the machine: what `npm run doctor` prints. */
function doctorRoutes(server: WebServer, { doctor }: PlatformOptions): void {
  server.post(
    '/doctor',
    { schema: { tags, summary: 'Start a look at the machine', response: { 202: platformAnswers.doctor, ...errors } } },
    async (_request, reply) => {
      const report = doctor.start();
      if (!report) throw new PublicError(503, 'the server is shutting down');
      return reply.code(202).send({ report });
    },
  );
  server.get(
    '/doctor',
    { schema: { tags, summary: 'What was found', response: { 200: platformAnswers.lastDoctor, ...errors } } },
    async () => ({ report: doctor.report ?? null }),
  );
}

function setCookie(reply: FastifyReply, address: PublicAddress, token: string): void {
  reply.setCookie(COOKIE, token, {
    path: PATH,
    httpOnly: true,
    sameSite: 'strict',
    secure: address.isSecure,
    maxAge: SESSION_MS / 1000,
  });
}
