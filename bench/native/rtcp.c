#include "rtcp.h"

#include "bytes.h"
#include "clock.h"

enum { SENDER_REPORT = 200, TRANSPORT_FEEDBACK = 205, PAYLOAD_FEEDBACK = 206 };
enum { FEEDBACK_TRANSPORT_WIDE = 15, FEEDBACK_PLI = 1, FEEDBACK_FIR = 4 };

/** NTP counts from 1900. */
static const uint32_t NTP_EPOCH_OFFSET = 2208988800u;

int rtcp_is(const uint8_t *datagram, size_t length) {
  return length >= 8 && datagram[0] >> 6 == 2 && datagram[1] >= 192 && datagram[1] <= 223;
}

static uint8_t *put_header(uint8_t *at, uint32_t count, uint32_t type, size_t bytes) {
  return put16(put8(put8(at, 0x80 | count), type), (uint32_t)(bytes / 4 - 1));
}

size_t rtcp_write_sender_report(uint8_t *out, uint32_t ssrc, int64_t at_ns, uint32_t timestamp, uint32_t packets,
                                uint32_t octets) {
  const uint64_t fraction = ((uint64_t)(at_ns % NS_PER_S) << 32) / NS_PER_S;
  uint8_t *at = put32(put_header(out, 0, SENDER_REPORT, 28), ssrc);
  at = put32(put32(at, (uint32_t)(at_ns / NS_PER_S) + NTP_EPOCH_OFFSET), (uint32_t)fraction);
  at = put32(put32(put32(at, timestamp), packets), octets);
  return (size_t)(at - out);
}

void rtcp_find_keyframe_requests(const uint8_t *rtcp, size_t length, void (*found)(void *context, uint32_t ssrc),
                                 void *context) {
  while (length >= 4) {
    const size_t bytes = 4 * (get16(rtcp + 2) + (size_t)1);
    if (bytes > length) return;
    const int format = rtcp[0] & 0x1f;
    if (rtcp[1] == PAYLOAD_FEEDBACK && format == FEEDBACK_PLI && bytes >= 12) found(context, get32(rtcp + 8));
    if (rtcp[1] == PAYLOAD_FEEDBACK && format == FEEDBACK_FIR) {
      for (size_t at = 12; at + 8 <= bytes; at += 8) found(context, get32(rtcp + at));
    }
    rtcp += bytes;
    length -= bytes;
  }
}

void feedback_add(struct feedback *feedback, uint16_t sequence, int64_t arrival_ns) {
  const size_t count = feedback->count;
  if (count == FEEDBACK_MAX) return;
  if (count > 0) {
    const uint16_t step = (uint16_t)(sequence - feedback->sequences[count - 1]);
    const uint16_t span = (uint16_t)(sequence - feedback->sequences[0]);
    if (step == 0 || step > FEEDBACK_MAX || span >= FEEDBACK_MAX) return;
  }
  feedback->sequences[count] = sequence;
  feedback->arrivals_ns[count] = arrival_ns;
  feedback->count = count + 1;
}

enum { NOT_RECEIVED, SMALL_DELTA, LARGE_DELTA };
static const int64_t DELTA_NS = 250 * NS_PER_US;
static const int64_t REFERENCE_NS = 64 * NS_PER_MS;

/** @returns the delta in its unit; `last` goes on by what that stands for, so that rounding does not add up */
static int64_t take_delta(int64_t *last_ns, int64_t arrival_ns) {
  const int64_t delta = (arrival_ns - *last_ns) / DELTA_NS;
  *last_ns += delta * DELTA_NS;
  return delta;
}

size_t feedback_write(struct feedback *feedback, uint8_t *out, uint32_t media_ssrc) {
  if (feedback->count == 0) return 0;
  const uint16_t base = feedback->sequences[0];
  const size_t span = (size_t)(uint16_t)(feedback->sequences[feedback->count - 1] - base) + 1;
  const int64_t reference = feedback->arrivals_ns[0] / REFERENCE_NS;
  uint8_t status[FEEDBACK_MAX] = {NOT_RECEIVED};
  uint8_t deltas[2 * FEEDBACK_MAX], *delta_end = deltas;
  int64_t last_ns = reference * REFERENCE_NS;
  for (size_t i = 0; i < feedback->count; i++) {
    const int64_t delta = take_delta(&last_ns, feedback->arrivals_ns[i]);
    const int is_small = delta >= 0 && delta <= 255;
    status[(uint16_t)(feedback->sequences[i] - base)] = is_small ? SMALL_DELTA : LARGE_DELTA;
    delta_end = is_small ? put8(delta_end, (uint32_t)delta) : put16(delta_end, (uint32_t)delta);
  }
  uint8_t *at = put32(put32(out + 4, 1), media_ssrc);
  at = put16(put16(at, base), (uint32_t)span);
  at = put32(at, (uint32_t)(reference & 0xffffff) << 8 | feedback->sent++);
  // Vectors of seven two-bit symbols.
  for (size_t first = 0; first < span; first += 7) {
    uint32_t chunk = 0xc000;
    for (size_t i = 0; i < 7 && first + i < span; i++) chunk |= (uint32_t)status[first + i] << (12 - 2 * i);
    at = put16(at, chunk);
  }
  at = put_bytes(at, deltas, (size_t)(delta_end - deltas));
  while ((at - out) % 4 != 0) at = put8(at, 0);
  put_header(out, FEEDBACK_TRANSPORT_WIDE, TRANSPORT_FEEDBACK, (size_t)(at - out));
  feedback->count = 0;
  return (size_t)(at - out);
}
