#pragma once

#include <stdint.h>
#include <time.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

/** Wall clock, the one of the kernel's receive time stamps (SO_TIMESTAMPNS) and of `Date.now()` in other processes. */
static inline int64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * NS_PER_S + time.tv_nsec;
}
