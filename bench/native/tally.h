#pragma once

#include <stddef.h>
#include <stdint.h>

#include "rtp.h"

/** Media streams that one receiver counts; probes and retransmissions have SSRCs and payload types of their own. */
#define TALLY_STREAMS 4

/** What one receiver got since the last reset, by the sequence numbers of each stream. */
struct tally {
  struct {
    uint32_t ssrc;
    uint16_t highest;
  } streams[TALLY_STREAMS];
  size_t count;
  int64_t received;
  /** Sequence numbers that were passed over and have not come late. */
  int64_t lost;
};

void tally_add(struct tally *tally, const struct rtp *rtp);
void tally_reset(struct tally *tally);

/** Delays in steps of 10 µs, the last one for all beyond. */
#define DELAY_STEPS 100000
struct delays {
  uint32_t counts[DELAY_STEPS];
  uint64_t total;
};

void delays_add(struct delays *delays, int64_t delay_ns);
/** The delay in ms that `fraction` of the samples do not exceed; 0 without samples. */
double delays_percentile(const struct delays *delays, double fraction);
