import { type Clock, type Logger, type Millis, messageOf, type Scope } from '@amphi/base';
import { isDueForRenewal, isFor, type ServerCertificate } from './certificate.ts';
import type { LocalAuthority } from './local-authority.ts';

/** A laptop that changes its network is reachable under its new address after this. */
const LOOK_EVERY_MS: Millis = 30_000;

/**
 * Keeps a certificate of the own authority for all names of this machine: another one when it got an address more, and
 * before the end.
 * @param options.names asked each time
 */
export async function keepSelfSigned(options: {
  readonly authority: Pick<LocalAuthority, 'issue'>;
  readonly names: () => readonly string[];
  readonly use: (certificate: ServerCertificate) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly scope: Pick<Scope, 'every'>;
}): Promise<ServerCertificate> {
  const { authority, names, use, clock, logger, scope } = options;
  let current = await authority.issue(names(), clock.now());
  let issuing = false;
  scope.every(LOOK_EVERY_MS, () => {
    const wanted = names();
    const missing = wanted.filter((name) => !isFor(current, name));
    if (issuing || (missing.length === 0 && !isDueForRenewal(current, clock.now()))) return;
    issuing = true;
    authority
      .issue(wanted, clock.now())
      .then(
        (certificate) => {
          current = certificate;
          logger.info({ names: certificate.names }, 'made a new certificate of the own authority');
          use(certificate);
        },
        (error: unknown) => logger.error({ error: messageOf(error) }, 'could not make a certificate'),
      )
      .finally(() => {
        issuing = false;
      });
  });
  return current;
}
