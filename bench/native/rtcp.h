#pragma once

#include <stddef.h>
#include <stdint.h>

/** Room for any packet written here, and what SRTCP adds to it. */
#define RTCP_MAX_BYTES 1400

/** Whether a decrypted or encrypted datagram is RTCP (RFC 5761, section 4). */
int rtcp_is(const uint8_t *datagram, size_t length);

/** A sender report without report blocks (RFC 3550, 6.4.1). */
size_t rtcp_write_sender_report(uint8_t *out, uint32_t ssrc, int64_t at_ns, uint32_t timestamp, uint32_t packets,
                                uint32_t octets);

/** Calls back with the SSRC of each stream that a PLI or FIR (RFC 4585, 6.3.1; RFC 5104, 4.3.1) asks a key frame of. */
void rtcp_find_keyframe_requests(const uint8_t *rtcp, size_t length, void (*found)(void *context, uint32_t ssrc),
                                 void *context);

/** Packets that arrived since the last feedback, in the order of their transport-wide sequence numbers. */
#define FEEDBACK_MAX 400
struct feedback {
  uint16_t sequences[FEEDBACK_MAX];
  int64_t arrivals_ns[FEEDBACK_MAX];
  size_t count;
  uint8_t sent;
};

/** Takes note of an arrival; one that comes late, or when there is no more room, is left out. */
void feedback_add(struct feedback *feedback, uint16_t sequence, int64_t arrival_ns);

/**
 * Transport-wide feedback about what arrived (draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1), which is what a
 * browser answers to a server that estimates its downlink. Forgets it then.
 * @returns its length, 0 when there is nothing to tell
 */
size_t feedback_write(struct feedback *feedback, uint8_t *out, uint32_t media_ssrc);
