import { availableParallelism } from 'node:os';
import * as z from 'zod';
import { isTurnUrl, parseIceUrl } from './settings/ice-url.ts';
import { limitsSchema } from './settings/limits.ts';
import { tlsSchema } from './settings/tls.ts';

/**
 * All settings of the server, with their defaults. `docs/settings.md` and `config/amphi.example.jsonc` list the same;
 * a test compares them.
 */

const port = z.int().min(0).max(65_535);
/** Labels of letters, digits and hyphens, the last not all digits (RFC 1123, 2.1): a mistyped address is no name. */
const hostName = z
  .string()
  .max(253)
  .regex(/^(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*$/)
  .regex(/(^|\.)(?!\d+$)[A-Za-z0-9-]+$/);
const address = z.union([z.ipv4(), z.ipv6()], 'an IPv4 or IPv6 address');
const addressOrName = z.union([z.ipv4(), z.ipv6(), hostName], 'an IPv4 or IPv6 address, or a host name');

const iceUrl = z
  .string()
  .max(300)
  .refine(
    (url) => parseIceUrl(url) !== undefined,
    'stun:, turn: or turns:HOST[:PORT], for TURN with ?transport=udp or tcp',
  );
const LIFETIME = '600 to 604800 seconds';
const turnUrl = z
  .string()
  .max(300)
  .refine(isTurnUrl, 'turn:HOST[:PORT]?transport=udp, the same with tcp, or turns:HOST[:PORT]?transport=tcp');

const storageOrigin = z
  .url({ protocol: /^https?$/, error: 'an http or https URL' })
  .refine((url) => new URL(url).pathname === '/' && !url.includes('?'), 'an origin, without a path')
  .transform((url) => new URL(url).origin);

/** In the form of CSP's `frame-ancestors` (CSP Level 3, 2.3.1), so that nothing else can come into that header. */
const embeddingOrigin = z
  .string()
  .max(300)
  .regex(
    /^(self|\*|https?:\/\/(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:(\*|\d{1,5}))?)$/,
    'an origin such as https://www.example.org, https://*.example.org or http://localhost:*; self or *',
  );

/** `true` would take the leftmost address of the header, which is whatever the client wrote. */
const TRUST_PROXY =
  'false, the number of proxies in front of the server, or their addresses and networks, such as ["127.0.0.1", "10.0.0.0/8"]';
const proxy = z.union(
  [z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6(), z.enum(['loopback', 'linklocal', 'uniquelocal'])],
  'an address, a network such as 10.0.0.0/8, or loopback, linklocal, uniquelocal',
);

const allSettings = z.strictObject({
  /** TCP port of HTTP and signaling; 0 takes any free one. */
  port: port.default(8080),
  /** Local address that HTTP listens on. Default: all, of IPv4 and IPv6. */
  host: z.string().min(1).default('::'),
  /** Address under which people reach the server, when it is behind a proxy. Default: what each request says. */
  publicUrl: z
    .url({ protocol: /^https?$/, error: 'an http or https URL' })
    .refine((url) => new URL(url).pathname === '/' && !url.includes('?'), 'an origin, without a path')
    .transform((url) => new URL(url).origin)
    .optional(),
  /**
   * Whose `X-Forwarded-For`, `-Proto` and `-Host` are believed: nobody's, that of so many proxies in a row, or that of
   * proxies at these addresses.
   */
  trustProxy: z.union([z.literal(false), z.int().min(1).max(10), z.array(proxy).min(1)], TRUST_PROXY).default(false),
  /** Folder for the database and the stream's files. */
  dataDir: z.string().min(1).default('./data'),
  /** A PostgreSQL server instead of the embedded database. */
  databaseUrl: z.url({ protocol: /^postgres(ql)?$/, error: 'a postgresql:// URL' }).optional(),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** E-mail address of the account made at the first start. */
  ownerEmail: z.email().max(254).default('owner@amphi.local'),
  /** When a one-time sign-in link is printed: `auto` until the owner has a password, or `always`. */
  signInLink: z.enum(['auto', 'always']).default('auto'),
  /** Asked for as a Bearer token at `/metrics`. Default: `/metrics` is for programs of this machine alone. */
  metricsToken: z.string().min(16).optional(),
  tls: tlsSchema,
  rtc: z
    .strictObject({
      /** Local addresses that media are received on. Default: the machine's first address of each family on a network. */
      addresses: z.array(address).min(1).max(16).optional(),
      /** Addresses and host names told to clients in place of the local ones: the outside of a NAT, and the inside, too. */
      announcedAddresses: z.array(addressOrName).min(1).max(16).optional(),
      /** UDP port of the first SFU worker, the next ones follow it; 0 takes free ones. */
      udpPort: port.default(0),
      /** TCP port (ICE-TCP), counted like `udpPort`. */
      tcpPort: port.default(0),
      /** STUN and TURN servers with fixed credentials for clients, in the form of `RTCIceServer`. */
      iceServers: z
        .array(
          z
            .strictObject({
              urls: z.union([iceUrl, z.array(iceUrl).min(1)], 'a URL or a list of URLs'),
              username: z.string().max(508).optional(),
              credential: z.string().optional(),
            })
            .refine(
              ({ urls, username, credential }) =>
                ![urls].flat().some(isTurnUrl) || (username !== undefined && credential !== undefined),
              'a TURN server needs username and credential (or stands under rtc.turn, with its secret)',
            ),
        )
        .default([]),
      /** TURN servers that share a secret with this server: each peer gets credentials of its own, for a time. */
      turn: z
        .array(
          z.strictObject({
            urls: z.union([turnUrl, z.array(turnUrl).min(1)], 'a URL or a list of URLs'),
            /** coturn's `static-auth-secret`. */
            secret: z.string().min(16, 'at least 16 characters').max(256, 'at most 256 characters'),
            /**
             * How long credentials can start an allocation. A day, as long as a token: clients that ask only once, when
             * they join, can change networks as long as they can be in the room.
             */
            lifetimeS: z.int(LIFETIME).min(600, LIFETIME).max(604_800, LIFETIME).default(86_400),
          }),
        )
        .max(16)
        .default([]),
      /** Public clients are told to take a picture's section only when they show it. */
      onDemandTracks: z.boolean().default(false),
    })
    .prefault({}),
  sfu: z
    .strictObject({
      /** Worker processes. Default: one per core. */
      workers: z.int().min(1).max(256).optional(),
    })
    .prefault({}),
  ladder: z
    .strictObject({
      /** Cores by which the layers of streams are chosen whose destination names none. Default: those of the machine. */
      cores: z.int().min(1).max(256).optional(),
    })
    .prefault({}),
  webhooks: z
    .strictObject({
      /**
       * Whether back ends at addresses of this machine and its network are called. With it, whoever may set a webhook can
       * make this server send a request to what only it can reach.
       */
      allowPrivateAddresses: z.boolean().default(false),
    })
    .prefault({}),
  rtmp: z
    .strictObject({
      /** TCP port on which encoders send in by RTMP; 0 for none. */
      port: port.default(1935),
      /**
       * Whether streams may be sent to this machine and its network. With it, whoever may send to other platforms can make
       * this server connect to what only it can reach.
       */
      allowPrivateAddresses: z.boolean().default(false),
    })
    .prefault({}),
  webComposition: z
    .strictObject({
      /** Chromium, by which a page of `meeting_url` is shown in place of the stage. Default: no page is opened. */
      chromium: z.string().min(1).optional(),
      /** From a page being opened to its first picture; then it is tried again. */
      joinTimeoutS: z.int().min(1).max(120).default(10),
      /**
       * Whether pages may be at, and reach, addresses of this machine and its network. With it, whoever may start a stream can show
       * in it what only this server can reach.
       */
      allowPrivateAddresses: z.boolean().default(false),
    })
    .prefault({}),
  recordings: z
    .strictObject({
      /** A bucket of an S3-compatible storage, where recordings are brought to. Default: they stay in the data directory. */
      s3: z
        .strictObject({
          /** Origin of the storage. Default: Amazon's of the region. */
          endpoint: storageOrigin.optional(),
          /** The same as browsers reach it, in links to files, when that is another. */
          publicEndpoint: storageOrigin.optional(),
          bucket: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/, 'the name of a bucket'),
          region: z
            .string()
            .regex(/^[a-z0-9-]{1,63}$/, 'a region such as eu-central-1')
            .default('us-east-1'),
          /** In front of the names of all files. */
          prefix: z
            .string()
            .max(255)
            .regex(/^(?!.*(^|\/)\.{1,2}(\/|$))[^\p{Cc}\\]*$/u, 'a path without . and ..')
            .transform((text) => text.replaceAll(/^\/+|\/+$/g, ''))
            .default(''),
          accessKeyId: z.string().min(1).max(256),
          secretAccessKey: z.string().min(1).max(1024),
        })
        .optional(),
      /** Of what is brought to a storage, for all together. */
      uploadMbps: z.number().min(1).max(100_000).default(100),
      /** Disk that recordings may take which wait for a storage; with more, no other recording is begun. */
      waitingGiB: z.number().min(1).max(1_000_000).default(50),
      /**
       * Whether buckets of templates may be at addresses of this machine and its network. With it, whoever may write a template can
       * make this server connect to what only it can reach.
       */
      allowPrivateAddresses: z.boolean().default(false),
    })
    .prefault({}),
  embedding: z
    .strictObject({
      /**
       * Origins of the pages that may have the room app in a frame, beside this server's own: `self` for none, `*` for all. Default:
       * pages of the machine on which the browser runs.
       */
      origins: z
        .array(embeddingOrigin)
        .min(1)
        .max(100)
        .default(['http://localhost:*', 'https://localhost:*', 'http://127.0.0.1:*']),
    })
    .prefault({}),
  limits: limitsSchema,
});

export const settingsSchema = allSettings.superRefine(({ publicUrl, tls }, context) => {
  if (tls.mode !== 'off' && publicUrl?.startsWith('http:')) {
    context.addIssue({ code: 'custom', path: ['publicUrl'], message: `an https URL, as tls.mode is ${tls.mode}` });
  }
});

export type Settings = z.infer<typeof settingsSchema>;

export function sfuWorkers(settings: Settings): number {
  return settings.sfu.workers ?? availableParallelism();
}

export function ladderCores(settings: Settings): number {
  return settings.ladder.cores ?? availableParallelism();
}
