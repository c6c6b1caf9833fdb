#include "stream.h"

#include <string.h>

#include "bytes.h"
#include "clock.h"
#include "rtcp.h"
#include "rtp.h"

static const int64_t REPORT_EVERY_NS = 500 * NS_PER_MS;

static void begin_frame(struct stream *stream) {
  const struct stream_options *options = &stream->options;
  const double each = options->packets / options->frames;
  const double frame = (double)stream->frame;
  stream->frame_packets = (int)((uint64_t)((frame + 1) * each) - (uint64_t)(frame * each));
  if (stream->frame_packets == 0) stream->frame_packets = 1;
  stream->frame_sent = 0;
  stream->is_key = stream->frame == 0 || stream->key_wanted;
  stream->key_wanted = 0;
}

static int64_t frame_at(const struct stream *stream) {
  return stream->started_ns + (int64_t)((double)stream->frame * NS_PER_S / stream->options.frames);
}

void stream_open(struct stream *stream, const struct stream_options *options, int64_t now_ns) {
  memset(stream, 0, sizeof *stream);
  stream->options = *options;
  stream->sequence = 1000;
  stream->started_ns = stream->due_ns = stream->report_due_ns = now_ns;
  begin_frame(stream);
}

static uint32_t timestamp_at(const struct stream *stream, int64_t at_ns) {
  return (uint32_t)((double)(at_ns - stream->started_ns) * stream->options.clock_rate / NS_PER_S);
}

static uint8_t *put_extension(uint8_t *at, uint8_t id, const char *value) {
  const size_t length = strlen(value);
  if (length == 0) return at;
  return put_bytes(put8(at, (uint32_t)(id << 4 | (length - 1))), value, length);
}

static uint8_t *put_extensions(uint8_t *at, const struct stream_options *options) {
  uint8_t *length_at = put16(at, 0xbede), *first = length_at + 2;
  at = put_extension(put_extension(first, options->mid_extension, options->mid), options->rid_extension, options->rid);
  while ((at - first) % 4 != 0) at = put8(at, 0);
  put16(length_at, (uint32_t)((at - first) / 4));
  return at;
}

/**
 * Descriptor with 15-bit picture id, TL0PICIDX, TID and KEYIDX (RFC 7741, 4.2), and at a frame's start as much of the VP8
 * header as tells a key frame (RFC 6386, 9.1).
 */
static uint8_t *put_vp8(uint8_t *at, const struct stream *stream) {
  static const uint8_t start_code_and_size[] = {0x9d, 0x01, 0x2a, 0x00, 0x05, 0xd0, 0x02};
  const int starts = stream->frame_sent == 0;
  at = put8(put8(at, starts ? 0x90 : 0x80), 0xf0);
  at = put16(at, 0x8000 | (stream->frame & 0x7fff));
  at = put8(put8(at, (uint32_t)stream->frame), 0x00);
  if (!starts) return at;
  at = put8(put16(at, stream->is_key ? 0x1000 : 0x1100), 0x00);
  return stream->is_key ? put_bytes(at, start_code_and_size, sizeof start_code_and_size) : at;
}

/** A frame is cut into equal parts, and what does not divide is spread over the last of them. */
static size_t payload_bytes(const struct stream *stream) {
  const int longer = (int)(stream->frame % (uint64_t)stream->frame_packets);
  const int is_longer = stream->frame_sent >= stream->frame_packets - longer;
  return stream->options.bytes + (size_t)is_longer;
}

size_t stream_next(struct stream *stream, uint8_t *out, int64_t now_ns) {
  const struct stream_options *options = &stream->options;
  const int is_last = stream->frame_sent + 1 == stream->frame_packets;
  uint8_t *at = put8(put8(out, 0x90), (uint32_t)(is_last << 7 | options->payload_type));
  at = put32(put32(put16(at, stream->sequence++), timestamp_at(stream, frame_at(stream))), options->ssrc);
  at = put_extensions(at, options);
  const size_t bytes = payload_bytes(stream);
  uint8_t *const payload_end = at + bytes;
  if (options->is_vp8) at = put_vp8(at, stream);
  memset(at, 0x5a, (size_t)(payload_end - at));
  stamp_put(payload_end - STAMP_BYTES, now_ns);
  stream->sent += 1;
  stream->octets += (uint32_t)bytes;

  stream->frame_sent += 1;
  if (is_last) {
    stream->frame += 1;
    begin_frame(stream);
    stream->due_ns = frame_at(stream);
  }
  return (size_t)(payload_end - out);
}

size_t stream_report(struct stream *stream, uint8_t *out, int64_t now_ns) {
  stream->report_due_ns = now_ns + REPORT_EVERY_NS;
  return rtcp_write_sender_report(out, stream->options.ssrc, now_ns, timestamp_at(stream, now_ns), stream->sent,
                                  stream->octets);
}
