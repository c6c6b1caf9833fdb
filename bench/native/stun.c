#include "stun.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>

#include "bytes.h"

enum { HEADER = 20, TRANSACTION = 12 };
static const uint32_t COOKIE = 0x2112a442;
static const uint32_t FINGERPRINT_XOR = 0x5354554e;

enum { BINDING_REQUEST = 0x0001, BINDING_SUCCESS = 0x0101 };
enum {
  USERNAME = 0x0006,
  MESSAGE_INTEGRITY = 0x0008,
  XOR_MAPPED_ADDRESS = 0x0020,
  PRIORITY = 0x0024,
  USE_CANDIDATE = 0x0025,
  FINGERPRINT = 0x8028,
  ICE_CONTROLLING = 0x802a,
};

int stun_is(const uint8_t *datagram, size_t length) {
  return length >= HEADER && datagram[0] < 4 && get32(datagram + 4) == COOKIE;
}

int stun_is_success(const uint8_t *datagram, size_t length) {
  return stun_is(datagram, length) && get16(datagram) == BINDING_SUCCESS;
}

int stun_is_request(const uint8_t *datagram, size_t length) {
  return stun_is(datagram, length) && get16(datagram) == BINDING_REQUEST;
}

static uint8_t *put_attribute(uint8_t *at, uint32_t type, const void *value, size_t length) {
  at = put_bytes(put16(put16(at, type), (uint32_t)length), value, length);
  while (length++ % 4 != 0) at = put8(at, 0);
  return at;
}

/** The length field counts the attribute about to be added when its digest is taken (RFC 8489, 14.5 and 14.7). */
static void set_length(uint8_t *message, size_t bytes) { put16(message + 2, (uint32_t)(bytes - HEADER)); }

static uint32_t crc32_of(const uint8_t *bytes, size_t length) {
  uint32_t crc = 0xffffffff;
  for (size_t i = 0; i < length; i++) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
  }
  return ~crc;
}

/** MESSAGE-INTEGRITY and FINGERPRINT end every message. @returns the length of the whole */
static size_t finish(uint8_t *out, uint8_t *at, const char *password) {
  uint8_t digest[20];
  unsigned int digest_length = sizeof digest;
  set_length(out, (size_t)(at - out) + 4 + sizeof digest);
  HMAC(EVP_sha1(), password, (int)strlen(password), out, (size_t)(at - out), digest, &digest_length);
  at = put_attribute(at, MESSAGE_INTEGRITY, digest, sizeof digest);

  uint8_t fingerprint[4];
  set_length(out, (size_t)(at - out) + 4 + sizeof fingerprint);
  put32(fingerprint, crc32_of(out, (size_t)(at - out)) ^ FINGERPRINT_XOR);
  at = put_attribute(at, FINGERPRINT, fingerprint, sizeof fingerprint);
  return (size_t)(at - out);
}

size_t stun_write_check(uint8_t *out, const char *username, const char *password) {
  static const uint8_t priority[4] = {0x6e, 0x00, 0x1e, 0xff};
  uint8_t random[TRANSACTION + 8];
  RAND_bytes(random, sizeof random);
  uint8_t *at = put32(put16(put16(out, BINDING_REQUEST), 0), COOKIE);
  at = put_bytes(at, random, TRANSACTION);
  at = put_attribute(at, USERNAME, username, strlen(username));
  at = put_attribute(at, PRIORITY, priority, sizeof priority);
  at = put_attribute(at, ICE_CONTROLLING, random + TRANSACTION, 8);
  at = put_attribute(at, USE_CANDIDATE, "", 0);
  return finish(out, at, password);
}

size_t stun_write_success(uint8_t *out, const uint8_t *request, uint32_t ip, uint16_t port, const char *password) {
  uint8_t mapped[8];
  put16(put16(mapped, 0x0001), port ^ COOKIE >> 16);
  memcpy(mapped + 4, &ip, sizeof ip);
  put32(mapped + 4, get32(mapped + 4) ^ COOKIE);
  uint8_t *at = put16(put16(out, BINDING_SUCCESS), 0);
  at = put_bytes(at, request + 4, 4 + TRANSACTION);
  at = put_attribute(at, XOR_MAPPED_ADDRESS, mapped, sizeof mapped);
  return finish(out, at, password);
}
