import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { assert, backoffMs, type Clock, type Logger, type Millis, messageOf, type Scope } from '@amphi/base';
import type { Authorization, Client, Order } from 'acme-client';
import type { AcmeSettings, ChallengeType } from '../settings/tls.ts';
import { ChallengeRefused, explainAcmeFailure } from './acme-failures.ts';
import { type Acme, AcmeProblem, loadAcme, readProblem } from './acme-requests.ts';
import { complaintsAbout, isDueForRenewal, isFor, parseCertificate, type ServerCertificate } from './certificate.ts';
import type { Challenges } from './challenges.ts';
import { readIfThere, splitPem, writePrivate } from './private-files.ts';

/** One timer for everything, also for a machine that slept: it asks whether something is due. */
const LOOK_EVERY_MS: Millis = 30_000;
/** Authorities count failures by the hour: let's not be the ones who use up five of them in a minute. */
const RETRY = { firstMs: 120_000, capMs: 6 * 3_600_000 } as const;

/** Key and chain. Units of deploy/ take it to coturn by its path. */
export const CERTIFICATE_FILE = 'certificate.pem';

export interface AcmeCertificateOptions {
  readonly settings: AcmeSettings;
  /** Holds account and certificate, one folder inside for each directory URL. */
  readonly folder: string;
  readonly challenges: Challenges;
  /** Takes what was got. */
  readonly use: (certificate: ServerCertificate) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly scope: Pick<Scope, 'every' | 'isClosed'>;
}

/** A certificate from an authority by ACME (RFC 8555): got, kept on disk, and renewed when two thirds of its life are over. */
export class AcmeCertificate {
  readonly #options: AcmeCertificateOptions;
  readonly #folder: string;
  readonly #domains: readonly string[];
  #current: ServerCertificate | undefined;
  #challengeTypes: readonly ChallengeType[] = [];
  #failures = 0;
  #notBefore: Millis = 0;
  #attempt: Promise<void> | undefined;

  private constructor(options: AcmeCertificateOptions) {
    const { directoryUrl, domains } = options.settings;
    assert(domains, 'ACME without domains');
    this.#options = options;
    this.#domains = domains.map((domain) => domain.toLowerCase());
    this.#folder = join(options.folder, authorityFolder(directoryUrl));
  }

  /** Reads what an earlier run got. Asks nobody yet. */
  static async open(options: AcmeCertificateOptions): Promise<AcmeCertificate> {
    const made = new AcmeCertificate(options);
    await made.#load();
    return made;
  }

  /** `undefined` as long as there is none, or one that has expired or is for other domains. */
  get current(): ServerCertificate | undefined {
    return this.#current;
  }

  /**
   * Gets one now, if there is none or it is due, and looks again from time to time.
   * @param challengeTypes ways of proof that are open, the first one first; after a failure the next one is tried
   */
  start(challengeTypes: readonly ChallengeType[]): void {
    this.#challengeTypes = challengeTypes;
    this.#look();
    this.#options.scope.every(LOOK_EVERY_MS, () => this.#look());
  }

  /** The attempt that is being made, for who must wait for its end. Never rejects. */
  get attempt(): Promise<void> | undefined {
    return this.#attempt;
  }

  #look(): void {
    const now = this.#options.clock.now();
    if (this.#attempt || now < this.#notBefore || (this.#current && !isDueForRenewal(this.#current, now))) return;
    this.#attempt = this.#try().finally(() => {
      this.#attempt = undefined;
    });
  }

  async #try(): Promise<void> {
    const { settings, clock, logger, scope, use } = this.#options;
    const type = this.#challengeTypes[this.#failures % this.#challengeTypes.length];
    try {
      if (type === undefined)
        throw new Error('no way of proof is open: neither of tls.acme.challenges can be answered');
      const certificate = await this.#order(type);
      if (scope.isClosed) return;
      this.#current = certificate;
      this.#failures = 0;
      logger.info(
        { domains: this.#domains, validUntil: new Date(certificate.notAfter).toISOString(), challenge: type },
        'got a certificate',
      );
      for (const complaint of complaintsAbout(certificate, { now: clock.now() })) {
        logger.warn({ ...complaint }, 'the new certificate is served, and has a fault');
      }
      use(certificate);
    } catch (error) {
      if (scope.isClosed) return;
      const { problem, remedy, retryAfterMs } = explainAcmeFailure(error, settings);
      this.#notBefore = clock.now() + Math.max(backoffMs(this.#failures, RETRY), retryAfterMs ?? 0);
      this.#failures += 1;
      const served = this.#current
        ? `the old certificate, valid until ${new Date(this.#current.notAfter).toISOString()}`
        : 'a stop-gap of the own authority, which browsers warn of';
      logger.error(
        { problem, remedy, served, nextTry: new Date(this.#notBefore).toISOString() },
        'no certificate was got',
      );
    }
  }

  async #order(type: ChallengeType): Promise<ServerCertificate> {
    const { settings, logger } = this.#options;
    const acme = await loadAcme();
    const client = new acme.Client({
      directoryUrl: settings.directoryUrl,
      accountKey: await this.#accountKey(acme),
      // Verifying and signing take the authority some seconds: how often is looked, and how long between.
      backoffAttempts: 15,
      backoffMin: 500,
      backoffMax: 5_000,
    });
    const terms = await client.getTermsOfServiceUrl();
    logger.info({ directoryUrl: settings.directoryUrl, terms, domains: this.#domains }, 'asking for a certificate');
    await client.createAccount({
      termsOfServiceAgreed: settings.agreeToTerms,
      ...(settings.email === undefined ? {} : { contact: [`mailto:${settings.email}`] }),
    });
    const order = await client.createOrder({
      identifiers: this.#domains.map((value) => ({ type: 'dns', value })),
    });
    for (const authorization of await client.getAuthorizations(order)) {
      if (authorization.status !== 'valid') await this.#prove(client, order, authorization, type);
    }
    const key = (await acme.crypto.createPrivateEcdsaKey()).toString();
    const [, request] = await acme.crypto.createCsr({ altNames: [...this.#domains] }, key);
    const chain = await client.getCertificate(await client.finalizeOrder(order, request));
    const from = { chain: 'the certificate of the authority', key: 'its key' };
    const certificate = parseCertificate({ chain, key, from });
    await writePrivate(this.#path(CERTIFICATE_FILE), `${key.trimEnd()}\n${chain.trimEnd()}\n`);
    return certificate;
  }

  async #prove(client: Client, order: Order, authorization: Authorization, type: ChallengeType): Promise<void> {
    const { challenges } = this.#options;
    const domain = authorization.identifier.value;
    const challenge = authorization.challenges.find((offered) => offered.type === type);
    if (!challenge) throw new ChallengeRefused(domain, type, 'the authority does not offer it');
    const keyAuthorization = await client.getChallengeKeyAuthorization(challenge);
    const takeBack =
      type === 'http-01'
        ? challenges.answerHttp(challenge.token, keyAuthorization)
        : challenges.answerTls(domain, await proofCertificate(authorization, keyAuthorization));
    try {
      await client.completeChallenge(challenge);
      await client.waitForValidStatus(authorization);
    } catch (error) {
      if (error instanceof AcmeProblem) throw error;
      // The authorization only says that it is invalid; its challenge says why.
      const looked = await client.getAuthorizations(order);
      const tried = looked
        .find(({ identifier }) => identifier.value === domain)
        ?.challenges.find((offered) => offered.type === type);
      throw new ChallengeRefused(domain, type, readProblem(tried?.error) ?? error);
    } finally {
      takeBack();
    }
  }

  async #accountKey(acme: Acme): Promise<string> {
    const path = this.#path('account.pem');
    const kept = await readIfThere(path);
    if (kept !== undefined) return kept;
    const key = (await acme.crypto.createPrivateEcdsaKey()).toString();
    await writePrivate(path, key);
    return key;
  }

  async #load(): Promise<void> {
    const { clock, logger } = this.#options;
    const path = this.#path(CERTIFICATE_FILE);
    try {
      const kept = await readIfThere(path);
      if (kept === undefined) return;
      const certificate = parseCertificate({ ...splitPem(kept), from: { chain: path, key: path } });
      const missing = this.#domains.filter((domain) => !isFor(certificate, domain));
      if (missing.length > 0) {
        logger.info({ missing }, 'the certificate that is kept is not for all domains: getting another one');
      } else if (clock.now() > certificate.notAfter) {
        logger.warn(
          { expired: new Date(certificate.notAfter).toISOString() },
          'the certificate that is kept has expired',
        );
      } else {
        this.#current = certificate;
      }
    } catch (error) {
      logger.warn(
        { path, error: messageOf(error) },
        'the certificate that is kept cannot be used: getting another one',
      );
    }
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }
}

/** Name of the folder inside `tls/`: an account is known to its authority only. */
export function authorityFolder(directoryUrl: string): string {
  return `acme-${createHash('sha256').update(directoryUrl).digest('hex').slice(0, 12)}`;
}

/** Shown in the handshake by which the authority asks (RFC 8737, 3). */
async function proofCertificate(
  authorization: Authorization,
  keyAuthorization: string,
): Promise<{ key: Buffer; cert: Buffer }> {
  const acme = await loadAcme();
  const [key, cert] = await acme.crypto.createAlpnCertificate(
    authorization,
    keyAuthorization,
    await acme.crypto.createPrivateEcdsaKey(),
  );
  return { key, cert };
}
