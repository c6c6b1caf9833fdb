#include "secure.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char OFFERED[] = "SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80";
static const char EXPORT_LABEL[] = "EXTRACTOR-dtls_srtp";
enum { DTLS_MTU = 1200, DAYS_VALID = 2, MAX_KEY = 64 };

static void fatal(const char *what) {
  fprintf(stderr, "%s\n", what);
  ERR_print_errors_fp(stderr);
  exit(1);
}

/** Certificates of WebRTC are signed by themselves; what counts is the fingerprint in SDP. */
static int accept_any(int ok, X509_STORE_CTX *store) {
  (void)ok, (void)store;
  return 1;
}

static X509 *sign_self(EVP_PKEY *key) {
  X509 *certificate = X509_new();
  X509_NAME *name = X509_get_subject_name(certificate);
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -24 * 3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), DAYS_VALID * 24 * 3600);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"bench", -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  X509_set_pubkey(certificate, key);
  if (X509_sign(certificate, key, EVP_sha256()) == 0) fatal("no certificate");
  return certificate;
}

void identity_make(struct identity *identity) {
  if (srtp_init() != srtp_err_status_ok) fatal("no libsrtp");
  EVP_PKEY *key = EVP_EC_gen("P-256");
  if (key == NULL) fatal("no key");
  X509 *certificate = sign_self(key);
  identity->context = SSL_CTX_new(DTLS_client_method());
  SSL_CTX_set_min_proto_version(identity->context, DTLS1_2_VERSION);
  SSL_CTX_set_verify(identity->context, SSL_VERIFY_PEER, accept_any);
  if (SSL_CTX_use_certificate(identity->context, certificate) != 1 ||
      SSL_CTX_use_PrivateKey(identity->context, key) != 1 ||
      // Zero is success here, unlike in the rest of OpenSSL.
      SSL_CTX_set_tlsext_use_srtp(identity->context, OFFERED) != 0) {
    fatal("no DTLS context");
  }
  uint8_t digest[32];
  unsigned int length = sizeof digest;
  X509_digest(certificate, EVP_sha256(), digest, &length);
  for (unsigned int i = 0; i < length; i++) {
    sprintf(identity->fingerprint + 3 * i, i + 1 < length ? "%02X:" : "%02X", digest[i]);
  }
  X509_free(certificate);
  EVP_PKEY_free(key);
}

void secure_open(struct secure *secure, const struct identity *identity) {
  memset(secure, 0, sizeof *secure);
  secure->ssl = SSL_new(identity->context);
  if (secure->ssl == NULL) fatal("no DTLS connection");
  SSL_set_bio(secure->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_options(secure->ssl, SSL_OP_NO_QUERY_MTU);
  SSL_set_mtu(secure->ssl, DTLS_MTU);
  SSL_set_connect_state(secure->ssl);
}

static int make_session(srtp_t *session, srtp_profile_t profile, srtp_ssrc_type_t direction, uint8_t *key) {
  srtp_policy_t policy;
  memset(&policy, 0, sizeof policy);
  if (srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, profile) != srtp_err_status_ok ||
      srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, profile) != srtp_err_status_ok) {
    return 0;
  }
  policy.ssrc.type = direction;
  policy.key = key;
  policy.window_size = 1024;
  return srtp_create(session, &policy) == srtp_err_status_ok;
}

/** Keys of both directions (RFC 5764, 4.2): client key, server key, client salt, server salt. */
static int derive_keys(struct secure *secure) {
  const SRTP_PROTECTION_PROFILE *agreed = SSL_get_selected_srtp_profile(secure->ssl);
  if (agreed == NULL) return 0;
  const srtp_profile_t profile = (srtp_profile_t)agreed->id;
  const size_t key = srtp_profile_get_master_key_length(profile);
  const size_t salt = srtp_profile_get_master_salt_length(profile);
  uint8_t material[2 * MAX_KEY], client[MAX_KEY], server[MAX_KEY];
  if (SSL_export_keying_material(secure->ssl, material, 2 * (key + salt), EXPORT_LABEL, strlen(EXPORT_LABEL), NULL, 0,
                                 0) != 1) {
    return 0;
  }
  memcpy(client, material, key);
  memcpy(server, material + key, key);
  memcpy(client + key, material + 2 * key, salt);
  memcpy(server + key, material + 2 * key + salt, salt);
  return make_session(&secure->outbound, profile, ssrc_any_outbound, client) &&
         make_session(&secure->inbound, profile, ssrc_any_inbound, server);
}

/** All records of a flight leave in one datagram: with an EC certificate they are far below any MTU. */
static void flush(struct secure *secure, send_datagram *send, void *context) {
  uint8_t flight[4096];
  const int length = BIO_read(SSL_get_wbio(secure->ssl), flight, sizeof flight);
  if (length > 0) send(context, flight, (size_t)length);
}

void secure_step(struct secure *secure, const uint8_t *datagram, size_t length, send_datagram *send, void *context) {
  if (length > 0) BIO_write(SSL_get_rbio(secure->ssl), datagram, (int)length);
  if (secure->state == SECURE_HANDSHAKE) {
    if (length == 0) DTLSv1_handle_timeout(secure->ssl);
    const int result = SSL_do_handshake(secure->ssl);
    if (result == 1) {
      secure->state = derive_keys(secure) ? SECURE_UP : SECURE_FAILED;
    } else {
      const int error = SSL_get_error(secure->ssl, result);
      if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) secure->state = SECURE_FAILED;
    }
  } else {
    // A server may begin SCTP: nobody answers it here.
    uint8_t ignored[2048];
    while (SSL_read(secure->ssl, ignored, sizeof ignored) > 0) continue;
  }
  ERR_clear_error();
  flush(secure, send, context);
}

const char *secure_profile(const struct secure *secure) { return SSL_get_selected_srtp_profile(secure->ssl)->name; }

void secure_close(struct secure *secure) {
  if (secure->inbound != NULL) srtp_dealloc(secure->inbound);
  if (secure->outbound != NULL) srtp_dealloc(secure->outbound);
  SSL_free(secure->ssl);
}
