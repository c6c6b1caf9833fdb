#include "rtp.h"

#include "bytes.h"
#include "rtcp.h"

enum { HEADER = 12, ONE_BYTE_EXTENSIONS = 0xbede };
static const uint32_t STAMP_MARK = 0x73656e74;

int rtp_is(const uint8_t *datagram, size_t length) {
  return length >= HEADER && datagram[0] >> 6 == 2 && !rtcp_is(datagram, length);
}

/** Looks through one-byte header extensions (RFC 8285, 4.2). */
static int32_t find16(const uint8_t *at, const uint8_t *end, uint8_t id) {
  while (at < end) {
    if (*at == 0) {
      at++;
      continue;
    }
    const size_t bytes = (*at & 0x0f) + (size_t)1;
    if (at + 1 + bytes > end) return -1;
    if (*at >> 4 == id && bytes == 2) return get16(at + 1);
    at += 1 + bytes;
  }
  return -1;
}

int rtp_read(const uint8_t *datagram, size_t length, uint8_t transport_extension, struct rtp *rtp) {
  if (!rtp_is(datagram, length)) return 0;
  rtp->payload_type = datagram[1] & 0x7f;
  rtp->sequence = get16(datagram + 2);
  rtp->timestamp = get32(datagram + 4);
  rtp->ssrc = get32(datagram + 8);
  rtp->transport_sequence = -1;
  if (transport_extension == 0 || (datagram[0] & 0x10) == 0) return 1;
  const uint8_t *at = datagram + HEADER + 4 * (datagram[0] & 0x0f), *end = datagram + length;
  if (at + 4 > end || get16(at) != ONE_BYTE_EXTENSIONS || at + 4 + 4 * get16(at + 2) > end) return 1;
  rtp->transport_sequence = find16(at + 4, at + 4 + 4 * get16(at + 2), transport_extension);
  return 1;
}

uint8_t *stamp_put(uint8_t *at, int64_t sent_ns) {
  at = put32(at, STAMP_MARK);
  return put32(put32(at, (uint32_t)((uint64_t)sent_ns >> 32)), (uint32_t)sent_ns);
}

int64_t stamp_read(const uint8_t *packet, size_t length) {
  const uint8_t *at = packet + length - STAMP_BYTES;
  if (length < HEADER + STAMP_BYTES || get32(at) != STAMP_MARK) return 0;
  return (int64_t)((uint64_t)get32(at + 4) << 32 | get32(at + 8));
}
