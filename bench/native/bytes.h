#pragma once

#include <stdint.h>
#include <string.h>

/* Network byte order. */

static inline uint16_t get16(const uint8_t *at) { return (uint16_t)(at[0] << 8 | at[1]); }

static inline uint32_t get32(const uint8_t *at) { return (uint32_t)get16(at) << 16 | get16(at + 2); }

static inline uint8_t *put8(uint8_t *at, uint32_t value) {
  *at = (uint8_t)value;
  return at + 1;
}

static inline uint8_t *put16(uint8_t *at, uint32_t value) { return put8(put8(at, value >> 8), value); }

static inline uint8_t *put32(uint8_t *at, uint32_t value) { return put16(put16(at, value >> 16), value); }

static inline uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t length) {
  memcpy(at, bytes, length);
  return at + length;
}
