#pragma once

#include <stddef.h>
#include <stdint.h>

/** What the server is told of a stream by SDP. */
struct stream_options {
  uint32_t ssrc;
  uint8_t payload_type;
  uint32_t clock_rate;
  /** Frames and packets a second, and bytes of a packet's payload. */
  double frames;
  double packets;
  size_t bytes;
  int is_vp8;
  uint8_t mid_extension;
  char mid[17];
  /** Of a simulcast layer; empty without. */
  uint8_t rid_extension;
  char rid[17];
};

/**
 * One RTP stream of a synthetic camera or microphone. A frame's packets go as Chromium's do (seen with 156: nearly all within
 * 0.3 ms, of one size or, the later ones, a byte more): its pacer sends what is due within some 40 ms at once.
 */
struct stream {
  struct stream_options options;
  uint16_t sequence;
  uint64_t frame;
  /** Of the frame being sent: its packets, and how many have gone. */
  int frame_packets;
  int frame_sent;
  int is_key;
  int key_wanted;
  int64_t started_ns;
  int64_t due_ns;
  int64_t report_due_ns;
  uint32_t sent;
  uint32_t octets;
  uint32_t keyframe_requests;
};

void stream_open(struct stream *stream, const struct stream_options *options, int64_t now_ns);

/** Writes the packet that is due now and moves on to the next. @returns its length */
size_t stream_next(struct stream *stream, uint8_t *out, int64_t now_ns);

/** Writes the sender report that is due now. Servers need it to tell the layers' clocks apart. */
size_t stream_report(struct stream *stream, uint8_t *out, int64_t now_ns);
