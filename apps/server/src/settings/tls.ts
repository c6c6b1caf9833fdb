import * as z from 'zod';

const DOMAIN = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/i;

const port = z.int().min(0).max(65_535);

/** HTTPS by the server itself. */
export const tlsSchema = z
  .strictObject({
    /** `off`, `files`: certificate and key; `acme`: got from an authority; `self-signed`: by an own authority, for a LAN. */
    mode: z.enum(['off', 'files', 'acme', 'self-signed']).default('off'),
    /** PEM file: the certificate, then its chain. Both files are read again when they change. */
    certFile: z.string().min(1).optional(),
    /** PEM file of the key. */
    keyFile: z.string().min(1).optional(),
    /**
     * A second port that speaks plain HTTP and sends people to HTTPS; 0 takes any free one. Default: 80 when `port` is 443
     * or the mode is `acme`, else `off`.
     */
    redirectPort: z.union([port, z.literal('off')], 'a port from 0 to 65535, or off').optional(),
    /** RFC 8555. */
    acme: z
      .strictObject({
        domains: z
          .array(z.string().regex(DOMAIN, 'a domain name, such as live.example.org (no wildcard, no address)'))
          .min(1)
          .max(100)
          .optional(),
        /** Where the authority writes to before a certificate ends. */
        email: z.email().max(254).optional(),
        /** The terms of the authority: its directory names them, and the start prints where they are. */
        agreeToTerms: z.boolean().default(false),
        directoryUrl: z
          .url({ protocol: /^https$/, error: 'an https URL' })
          .default('https://acme-v02.api.letsencrypt.org/directory'),
        /** Ways to prove that a domain leads here, the first one first. */
        challenges: z
          .array(z.enum(['http-01', 'tls-alpn-01']))
          .min(1)
          .default(['http-01', 'tls-alpn-01']),
      })
      .prefault({}),
  })
  .prefault({})
  .superRefine(({ mode, certFile, keyFile, acme, redirectPort }, context) => {
    const refuse = (path: string, message: string): void => {
      context.addIssue({ code: 'custom', path: path.split('.'), message });
    };
    for (const [name, value] of Object.entries({ certFile, keyFile })) {
      if (mode === 'files' && value === undefined)
        refuse(name, 'is needed when tls.mode is files: the path of a PEM file');
      if (mode !== 'files' && value !== undefined) refuse(name, `is for tls.mode files, and that is ${mode}`);
    }
    if (mode === 'off' && typeof redirectPort === 'number') refuse('redirectPort', 'is for HTTPS, and tls.mode is off');
    if (mode !== 'acme') {
      if (acme.domains !== undefined) refuse('acme.domains', `is for tls.mode acme, and that is ${mode}`);
      return;
    }
    if (acme.domains === undefined) refuse('acme.domains', 'is needed when tls.mode is acme: the names of this server');
    if (!acme.agreeToTerms) {
      refuse(
        'acme.agreeToTerms',
        'must be true when tls.mode is acme: read the terms of the certificate authority first',
      );
    }
  });

export type TlsSettings = z.infer<typeof tlsSchema>;
export type AcmeSettings = TlsSettings['acme'];
export type ChallengeType = AcmeSettings['challenges'][number];

/** Whether the server itself speaks HTTPS. */
export function usesTls(tls: Pick<TlsSettings, 'mode'>): boolean {
  return tls.mode !== 'off';
}

/** Port for plain HTTP beside HTTPS, if there is to be one. */
export function redirectPortOf(settings: { readonly port: number; readonly tls: TlsSettings }): number | undefined {
  const { mode, redirectPort } = settings.tls;
  if (mode === 'off' || redirectPort === 'off') return undefined;
  return redirectPort ?? (settings.port === 443 || mode === 'acme' ? 80 : undefined);
}
