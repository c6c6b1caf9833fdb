#pragma once

#include <openssl/ssl.h>
#include <srtp2/srtp.h>
#include <stddef.h>
#include <stdint.h>

/** What all connections of this process share: a certificate made at its start, and what is offered to servers. */
struct identity {
  SSL_CTX *context;
  /** SHA-256 of the certificate as SDP writes it. */
  char fingerprint[3 * 32];
};

/** Ends the process when OpenSSL or libsrtp cannot be had. */
void identity_make(struct identity *identity);

enum secure_state { SECURE_HANDSHAKE, SECURE_UP, SECURE_FAILED };

/**
 * The client's half of DTLS-SRTP (RFC 5764) over datagrams that others carry.
 *
 * AES-256-GCM is offered first: it is what Chromium and either server agree on.
 */
struct secure {
  SSL *ssl;
  srtp_t inbound;
  srtp_t outbound;
  enum secure_state state;
};

typedef void send_datagram(void *context, const uint8_t *bytes, size_t length);

void secure_open(struct secure *secure, const struct identity *identity);

/** Goes on with the handshake, after `length` bytes of a DTLS datagram arrived or none did for a while. */
void secure_step(struct secure *secure, const uint8_t *datagram, size_t length, send_datagram *send, void *context);

/** Name of the SRTP profile agreed on. */
const char *secure_profile(const struct secure *secure);

void secure_close(struct secure *secure);
