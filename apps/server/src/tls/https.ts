import type { Server as HttpServer } from 'node:http';
import { join } from 'node:path';
import type { Clock, Logger, Scope } from '@amphi/base';
import { explainListenError } from '../http/listen-errors.ts';
import type { TakeConnection } from '../http/open-connections.ts';
import { trustOf } from '../http/proxies.ts';
import type { PublicAddress } from '../http/public-address.ts';
import { allNetworkAddresses, isAnyAddress, listenHost } from '../network/local-addresses.ts';
import { type ChallengeType, redirectPortOf } from '../settings/tls.ts';
import type { Settings } from '../settings.ts';
import { AcmeCertificate } from './acme-certificate.ts';
import type { ServerCertificate } from './certificate.ts';
import { followCertificateFiles } from './certificate-files.ts';
import { Challenges } from './challenges.ts';
import { Handshakes } from './handshakes.ts';
import { LocalAuthority } from './local-authority.ts';
import { ownNames } from './own-names.ts';
import { RedirectListener } from './redirect-listener.ts';
import { type Http2Handler, SecureListener } from './secure-listener.ts';
import { keepSelfSigned } from './self-signed.ts';

export interface HttpsOptions {
  readonly settings: Pick<Settings, 'port' | 'host' | 'publicUrl' | 'dataDir' | 'tls' | 'trustProxy' | 'limits'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends what is kept; the listeners are closed by it, too. */
  readonly scope: Scope;
}

/**
 * HTTPS by the server itself: a certificate that is kept as `tls.mode` says, the TLS port, and the plain one beside it.
 * There is always a certificate to serve. As long as the one that is wanted cannot be had, it is one of an own authority,
 * which browsers warn of; what is wrong is in the log, and is tried again.
 */
export class Https {
  /** The own authority, when devices are meant to trust it. */
  readonly authority: LocalAuthority | undefined;
  readonly #options: HttpsOptions;
  readonly #challenges: Challenges;
  readonly #acme: AcmeCertificate | undefined;
  /** Of the kind that was asked for. */
  #wanted: ServerCertificate | undefined;
  #served: ServerCertificate;
  #listener: SecureListener | undefined;
  #redirect: RedirectListener | undefined;

  private constructor(options: HttpsOptions, parts: Parts) {
    this.#options = options;
    this.#acme = parts.acme;
    this.#wanted = parts.wanted;
    this.#served = parts.served;
    this.authority = parts.authority;
    this.#challenges = parts.challenges;
  }

  /**
   * Reads or makes the certificate to begin with.
   * @throws CodedError `unusable_authority`
   */
  static async prepare(options: HttpsOptions): Promise<Https> {
    const { settings, clock, logger, scope } = options;
    const { mode, certFile, keyFile, acme: acmeSettings } = settings.tls;
    const folder = join(settings.dataDir, 'tls');
    const challenges = new Challenges();
    let made: Https | undefined;
    const take = (certificate: ServerCertificate): void => {
      if (made) made.#take(certificate);
    };
    const takeOwn = (certificate: ServerCertificate): void => {
      if (made) made.#takeOwn(certificate);
    };
    const common = { use: take, clock, logger, scope };

    let wanted: ServerCertificate | undefined;
    let acme: AcmeCertificate | undefined;
    if (mode === 'files') {
      const files = { certFile: certFile ?? '', keyFile: keyFile ?? '' };
      wanted = await followCertificateFiles({ ...common, files, name: publicHost(settings) });
    } else if (mode === 'acme') {
      acme = await AcmeCertificate.open({ ...common, settings: acmeSettings, folder, challenges });
      wanted = acme.current;
    }
    if (wanted) {
      made = new Https(options, { wanted, served: wanted, authority: undefined, acme, challenges });
      return made;
    }
    const authority = await LocalAuthority.open(folder, clock.now());
    const names = (): readonly string[] => ownNames([...namedHosts(settings), ...(acmeSettings.domains ?? [])]);
    const served = await keepSelfSigned({ ...common, authority, names, use: takeOwn });
    const isMeant = mode === 'self-signed';
    made = new Https(options, { wanted, served, authority: isMeant ? authority : undefined, acme, challenges });
    return made;
  }

  /** A name by which people reach the server, if the certificate or the network tells one. */
  get name(): string | undefined {
    const { settings } = this.#options;
    switch (settings.tls.mode) {
      case 'acme':
        return settings.tls.acme.domains?.[0];
      case 'self-signed':
        return isAnyAddress(settings.host) ? allNetworkAddresses()[0] : undefined;
      default:
        return this.#wanted?.names.find((name) => !name.startsWith('*'));
    }
  }

  /** Whether browsers that insist on HTTPS from now on (HSTS, RFC 6797) would find what they trust. */
  get isPubliclyTrusted(): boolean {
    return this.#wanted !== undefined && !this.#wanted.isSelfIssued;
  }

  /**
   * Listens on the TLS port, tells it to `address`, listens on the plain port if there is to be one, and only then asks an
   * authority for a certificate: it will look here.
   * @returns the port
   * @throws Error of the TLS port, with a `code` as of `net`
   */
  async listen(options: {
    readonly http: HttpServer;
    readonly http2: Http2Handler;
    readonly address: PublicAddress;
    readonly takeConnection: TakeConnection;
  }): Promise<number> {
    const { settings, clock, logger, scope } = this.#options;
    const { http, http2, address, takeConnection } = options;
    const handshakes = new Handshakes({
      rate: settings.limits.handshakesPerAddress,
      trust: trustOf(settings.trustProxy),
      clock,
    });
    const listener = new SecureListener({
      certificate: this.#served,
      http,
      http2,
      challenges: this.#challenges,
      mayBegin: (socket) => takeConnection(socket) && handshakes.mayBegin(socket.remoteAddress ?? ''),
      clock,
      logger,
    });
    const host = listenHost(settings.host);
    const port = await listener.listen({ port: settings.port, host });
    this.#listener = listener;
    scope.defer(() => listener.close());
    address.listensOn(port, host, this.name);
    await this.#listenForRedirects(address, takeConnection);
    const open: Readonly<Record<ChallengeType, boolean>> = {
      'http-01': this.#redirect !== undefined,
      'tls-alpn-01': true,
    };
    this.#acme?.start(settings.tls.acme.challenges.filter((type) => open[type]));
    return port;
  }

  /** Without it everything goes on but the redirects, and proofs by http-01. */
  async #listenForRedirects(address: PublicAddress, takeConnection: TakeConnection): Promise<void> {
    const { settings, logger, scope } = this.#options;
    const host = listenHost(settings.host);
    const port = redirectPortOf(settings);
    if (port === undefined) return;
    const redirect = new RedirectListener({
      challenges: this.#challenges,
      baseFor: (asked) => address.redirectFor(asked),
      authority: this.authority?.certificate,
      takeConnection,
    });
    try {
      const taken = await redirect.listen({ port, host });
      logger.info({ port: taken }, 'plain HTTP is sent to HTTPS');
    } catch (error) {
      const failure = explainListenError(error, { port, host, setting: 'AMPHI_TLS_REDIRECT_PORT' });
      if (!failure) throw error;
      logger.warn({ ...failure }, 'plain HTTP is not sent to HTTPS');
      return;
    }
    this.#redirect = redirect;
    scope.defer(() => redirect.close());
  }

  #take(certificate: ServerCertificate): void {
    this.#wanted = certificate;
    this.#serve(certificate);
  }

  /** What the own authority made is a stop-gap, unless it is what was asked for. */
  #takeOwn(certificate: ServerCertificate): void {
    if (this.#wanted === undefined) this.#serve(certificate);
  }

  #serve(certificate: ServerCertificate): void {
    this.#served = certificate;
    this.#listener?.use(certificate);
  }
}

interface Parts {
  readonly wanted: ServerCertificate | undefined;
  readonly served: ServerCertificate;
  readonly authority: LocalAuthority | undefined;
  readonly acme: AcmeCertificate | undefined;
  readonly challenges: Challenges;
}

function publicHost({ publicUrl }: Pick<Settings, 'publicUrl'>): string | undefined {
  return publicUrl === undefined ? undefined : new URL(publicUrl).hostname.replace(/^\[|\]$/g, '');
}

/** By which the settings say that the server is reached. */
function namedHosts(settings: Pick<Settings, 'host' | 'publicUrl'>): readonly string[] {
  const host = publicHost(settings);
  return [...(isAnyAddress(settings.host) ? [] : [settings.host]), ...(host === undefined ? [] : [host])];
}
