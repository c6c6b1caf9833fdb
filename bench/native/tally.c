#include "tally.h"

#include "clock.h"

static const int64_t STEP_NS = 10 * NS_PER_US;

void tally_add(struct tally *tally, const struct rtp *rtp) {
  size_t i = 0;
  while (i < tally->count && tally->streams[i].ssrc != rtp->ssrc) i++;
  if (i == TALLY_STREAMS) return;
  tally->received += 1;
  if (i == tally->count) {
    tally->count += 1;
    tally->streams[i].ssrc = rtp->ssrc;
    tally->streams[i].highest = rtp->sequence;
    return;
  }
  const int16_t step = (int16_t)(rtp->sequence - tally->streams[i].highest);
  if (step <= 0) {
    tally->lost -= step < 0;
    return;
  }
  tally->lost += step - 1;
  tally->streams[i].highest = rtp->sequence;
}

void tally_reset(struct tally *tally) { tally->received = tally->lost = 0; }

void delays_add(struct delays *delays, int64_t delay_ns) {
  int64_t step = delay_ns / STEP_NS;
  if (step < 0) step = 0;
  if (step >= DELAY_STEPS) step = DELAY_STEPS - 1;
  delays->counts[step] += 1;
  delays->total += 1;
}

double delays_percentile(const struct delays *delays, double fraction) {
  uint64_t seen = 0;
  for (size_t step = 0; step < DELAY_STEPS && delays->total > 0; step++) {
    seen += delays->counts[step];
    if ((double)seen >= (double)delays->total * fraction) return (double)((int64_t)(step + 1) * STEP_NS) / NS_PER_MS;
  }
  return 0;
}
