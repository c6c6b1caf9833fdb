#pragma once

#include <stddef.h>
#include <stdint.h>

/** Room for any message written here. */
#define STUN_MAX_BYTES 512

/** Whether a datagram on an ICE socket is STUN (RFC 7983, section 7). */
int stun_is(const uint8_t *datagram, size_t length);

/** Whether it is a success response to a binding request. */
int stun_is_success(const uint8_t *datagram, size_t length);

/** Whether it is a binding request. */
int stun_is_request(const uint8_t *datagram, size_t length);

/**
 * The success response to a binding request (RFC 8489, 6.3.1.1), for servers that check their side of the pair although
 * they are ICE-lite, as libnice does.
 * @param ip of whom it came from, network byte order @param port host byte order @param password ours
 */
size_t stun_write_success(uint8_t *out, const uint8_t *request, uint32_t ip, uint16_t port, const char *password);

/**
 * A connectivity check of a controlling agent that nominates its pair at once (RFC 8445, 7.2.2): an ICE-lite server has no
 * other pairs.
 * @param username `remote:local`
 * @param password of the remote side
 * @returns its length
 */
size_t stun_write_check(uint8_t *out, const char *username, const char *password);
