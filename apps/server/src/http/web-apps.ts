import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import { PublicError } from '@amphi/protocol';
import serveStatic from '@fastify/static';
import type { FastifyReply } from 'fastify';
import { page } from './pages.ts';
import type { WebServer } from './web-server.ts';

/** Where the builds of the web apps are; each folder holds an `index.html` and `assets/` with hashed names. */
export interface WebBuilds {
  readonly dashboard: string;
  readonly room: string;
}

/** What stands before a room code in the links that are about. */
const ROOM_LINKS = ['', '/meeting', '/preview', '/streaming', '/streaming/meeting', '/streaming/preview'];
const ROOM_CODE = ':code(^[A-Za-z]+-[A-Za-z]+-[A-Za-z]+$)';

/** The dashboard below `/dashboard/`, the room app at every form of a join link and at `/diagnostics`, its files below `/room-assets/`. */
export async function webApps(server: WebServer, builds: WebBuilds): Promise<void> {
  const hashed = [builds.dashboard, builds.room].map((folder) => join(folder, 'assets') + sep);
  await server.register(serveStatic, {
    serve: false,
    // The builds have a `.br` and a `.gz` of each text.
    preCompressed: true,
    cacheControl: false,
    setHeaders(response, path) {
      response.setHeader('vary', 'accept-encoding');
      response.setHeader('cache-control', cacheControlOf(path, hashed));
    },
  });
  const hide = { schema: { hide: true } } as const;
  const ofRoom = { ...hide, config: { isRoom: true } } as const;

  server.get('/', hide, async (_request, reply) => reply.redirect('/dashboard/'));
  server.get('/favicon.ico', hide, async (_request, reply) => sendFile(reply, builds.dashboard, 'favicon.ico'));

  server.get('/dashboard', hide, async (request, reply) =>
    // Both forms come here; links in the page are relative to the folder.
    request.url.split('?', 1)[0]?.endsWith('/')
      ? sendPage(reply, builds.dashboard, 'dashboard')
      : reply.redirect('/dashboard/'),
  );
  server.get<{ Params: { '*': string } }>('/dashboard/*', hide, async (request, reply) => {
    const path = request.params['*'];
    // Addresses of the dashboard's own pages have no file extension.
    return /\.[a-z0-9]+$/i.test(path)
      ? sendFile(reply, builds.dashboard, path)
      : sendPage(reply, builds.dashboard, 'dashboard');
  });

  for (const prefix of ROOM_LINKS) {
    server.get(`${prefix}/${ROOM_CODE}`, ofRoom, async (_request, reply) => sendPage(reply, builds.room, 'room app'));
  }
  for (const path of ['/diagnostics', `/diagnostics/${ROOM_CODE}`]) {
    server.get(path, ofRoom, async (_request, reply) => sendPage(reply, builds.room, 'room app'));
  }
  server.get<{ Params: { '*': string } }>('/room-assets/*', hide, async (request, reply) => {
    // Pages elsewhere load `embed.js`; all of it is the same for everybody.
    reply.header('access-control-allow-origin', '*');
    return sendFile(reply, builds.room, request.params['*']);
  });
}

function sendPage(reply: FastifyReply, folder: string, name: string): FastifyReply {
  if (!existsSync(join(folder, 'index.html'))) {
    return reply
      .code(503)
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(page('Not built yet', `The ${name} has not been built. Run "npm run setup", then load this page again.`));
  }
  return reply.sendFile('index.html', folder);
}

function sendFile(reply: FastifyReply, folder: string, path: string): FastifyReply {
  if (!existsSync(folder)) throw new PublicError(503, 'the web apps have not been built; run "npm run setup"');
  return reply.sendFile(path, folder);
}

/**
 * Files whose name has a hash of their content never change. A page names those that belong to it, so it is asked for anew
 * each time.
 */
function cacheControlOf(path: string, hashed: readonly string[]): string {
  if (hashed.some((folder) => path.startsWith(folder))) return 'public, max-age=31536000, immutable';
  return /\.html(?:\.br|\.gz)?$/.test(path) ? 'no-cache' : 'public, max-age=3600';
}
