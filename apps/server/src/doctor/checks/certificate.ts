import { isIP } from 'node:net';
import { connect, type PeerCertificate } from 'node:tls';
import { type Millis, messageOf } from '@amphi/base';
import { type Check, type Finding, fail, ok, warn } from '../check.ts';

const DAY_MS: Millis = 86_400_000;
/** Authorities' certificates are renewed a month before their end, so that something is wrong by then. */
const SOON_MS: Millis = 14 * DAY_MS;

/** What a TLS server shows. */
export interface ShownCertificate {
  readonly validFrom: Millis;
  readonly validTo: Millis;
  /** Node's word for why the chain or the name is not accepted, such as `CERT_HAS_EXPIRED`. */
  readonly problem: string | undefined;
  readonly names: readonly string[];
}

export const certificateCheck: Check = {
  id: 'certificate',
  title: 'Certificate',
  timeoutMs: 12_000,
  async run({ settings: { publicUrl }, clock, signal }) {
    if (publicUrl === undefined || !publicUrl.startsWith('https:')) return [judgePlain(publicUrl)];
    const url = new URL(publicUrl);
    try {
      return [judgeCertificate(await showCertificate(url, signal), { host: hostOf(url), nowMs: clock.now() })];
    } catch (error) {
      return [
        fail(
          `${publicUrl} does not speak TLS: ${messageOf(error)}`,
          'Is the server or its proxy running, and does port 443 lead to it?',
        ),
      ];
    }
  },
};

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

/** Takes whatever is shown, so that it can be told what is wrong with it. */
export function showCertificate(url: URL, signal: AbortSignal, ca?: string): Promise<ShownCertificate> {
  const host = hostOf(url);
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port: Number(url.port || 443),
      ...(isIP(host) ? {} : { servername: host }),
      ...(ca === undefined ? {} : { ca }),
      rejectUnauthorized: false,
      timeout: 8_000,
    });
    const end = (then: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      then();
    };
    const onAbort = (): void => end(() => reject(signal.reason));
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('timeout', () => end(() => reject(new Error('no answer'))));
    socket.on('error', (error) => end(() => reject(error)));
    socket.once('secureConnect', () => {
      const shown = socket.getPeerCertificate();
      // An Error whose code is the word, or the word itself, by the version of Node.
      const problem: unknown = socket.authorizationError;
      const word = problem instanceof Error ? ((problem as NodeJS.ErrnoException).code ?? problem.message) : problem;
      end(() => resolve(readShown(shown, word ? String(word) : undefined)));
    });
  });
}

function readShown(shown: PeerCertificate, problem: string | undefined): ShownCertificate {
  return {
    validFrom: Date.parse(shown.valid_from),
    validTo: Date.parse(shown.valid_to),
    problem,
    names: [...(shown.subjectaltname ?? '').matchAll(/(?:DNS|IP Address):([^\s,"]+)/g)].flatMap(
      ([, name]) => name ?? [],
    ),
  };
}

export function judgeCertificate(
  shown: ShownCertificate,
  given: { readonly host: string; readonly nowMs: Millis },
): Finding {
  const { validFrom, validTo, problem, names } = shown;
  const { host, nowMs } = given;
  const until = new Date(validTo).toISOString().slice(0, 10);
  const what = `the certificate of ${host}`;
  if (validFrom > nowMs) {
    return fail(
      `${what} is not valid before ${new Date(validFrom).toISOString().slice(0, 10)}`,
      'Set the clock of this machine right.',
    );
  }
  if (validTo <= nowMs) {
    return fail(
      `${what} ended on ${until}`,
      'Renew it, and look why that did not happen by itself (the log of whoever renews it).',
    );
  }
  if (problem === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return fail(
      `${what} is for ${names.join(', ') || 'no name'}, and not for it`,
      'Get one for the name in publicUrl, or set publicUrl to a name that it is for.',
    );
  }
  if (problem === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' || problem === 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY') {
    return fail(
      `${what} is shown without its chain, or is of an authority that nobody knows`,
      'Serve the full chain (fullchain.pem). With an own authority, each device has to be told to trust it.',
    );
  }
  if (problem?.includes('SELF_SIGNED')) {
    return warn(
      `${what} is of an own authority: browsers warn until it is trusted on each device`,
      'Fine on a LAN, once it is trusted. For the internet get one of a public authority.',
    );
  }
  if (problem !== undefined) return fail(`${what} is not accepted: ${problem}`, 'Get another one.');
  const days = Math.floor((validTo - nowMs) / DAY_MS);
  if (validTo - nowMs < SOON_MS) {
    return warn(
      `${what} ends on ${until}, in ${days} days`,
      'Renew it now, and look why that did not happen by itself.',
    );
  }
  return ok(`${what} is valid until ${until}`);
}

export function judgePlain(publicUrl: string | undefined): Finding {
  return warn(
    `${publicUrl ?? 'the server'} is reached without HTTPS: browsers give cameras and microphones on https and on localhost only`,
    'Switch HTTPS on (docs/deploy.md), and set publicUrl to the https address.',
  );
}
