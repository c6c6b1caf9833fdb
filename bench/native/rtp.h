#pragma once

#include <stddef.h>
#include <stdint.h>

/** Room for a packet and for what SRTP adds to it. */
#define RTP_MAX_BYTES 1500

struct rtp {
  uint16_t sequence;
  uint32_t timestamp;
  uint32_t ssrc;
  uint8_t payload_type;
  /** Transport-wide sequence number, -1 without. */
  int32_t transport_sequence;
};

/** Whether a datagram is RTP (and not RTCP). */
int rtp_is(const uint8_t *datagram, size_t length);

/** Reads the header, which SRTP leaves in the clear. @param transport_extension its id, 0 for none @returns 0 when malformed */
int rtp_read(const uint8_t *datagram, size_t length, uint8_t transport_extension, struct rtp *rtp);

/** When a packet was sent: the last bytes of its payload say it. */
uint8_t *stamp_put(uint8_t *at, int64_t sent_ns);
#define STAMP_BYTES 12

/** @returns the time, or 0 when the packet has none */
int64_t stamp_read(const uint8_t *packet, size_t length);
