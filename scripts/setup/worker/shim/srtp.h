// mediasoup's worker is written for the API of libsrtp 3: distinct input and output buffers, size_t lengths, an MKI
// index. Debian ships libsrtp 2, which works in place with int lengths. Same names, so plain overloads bridge the two.
#ifndef AMPHI_SHIM_SRTP_H
#define AMPHI_SHIM_SRTP_H

#include <climits>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <srtp2/srtp.h>

// Error numbers that exist from libsrtp 3 on.
constexpr auto srtp_err_status_buffer_small = static_cast<srtp_err_status_t>(28);
constexpr auto srtp_err_status_cryptex_err = static_cast<srtp_err_status_t>(29);

namespace amphi::shim {

using InPlace = srtp_err_status_t (*)(srtp_t, void*, int*);

// Runs a libsrtp 2 call that may grow the packet by up to `growth` bytes, with libsrtp 3's contract: *outSize is the
// room at `out` before the call and the packet's length after it.
inline srtp_err_status_t Transform(
    InPlace call, srtp_t session, const std::uint8_t* in, std::size_t inSize, std::uint8_t* out, std::size_t* outSize,
    std::size_t growth) {
  constexpr auto kLargest = static_cast<std::size_t>(INT_MAX);
  if (inSize > kLargest - growth || *outSize < inSize + growth) {
    return srtp_err_status_buffer_small;
  }
  if (in != out) {
    std::memmove(out, in, inSize);
  }
  auto length = static_cast<int>(inSize);
  const auto status = call(session, out, &length);
  if (status == srtp_err_status_ok) {
    *outSize = static_cast<std::size_t>(length);
  }
  return status;
}

constexpr std::size_t kRtpGrowth = SRTP_MAX_TAG_LEN;
constexpr std::size_t kRtcpGrowth = SRTP_MAX_TAG_LEN + 4;  // the SRTCP index, RFC 3711 section 3.4

}  // namespace amphi::shim

inline srtp_err_status_t srtp_stream_remove(srtp_t session, std::uint32_t ssrc) {
  return srtp_remove_stream(session, ssrc);
}

// The MKI index is always 0 and no key of mediasoup carries an MKI, so it has no counterpart here.
inline srtp_err_status_t srtp_protect(
    srtp_t session, const std::uint8_t* in, std::size_t inSize, std::uint8_t* out, std::size_t* outSize, std::size_t) {
  const amphi::shim::InPlace call = &::srtp_protect;
  return amphi::shim::Transform(call, session, in, inSize, out, outSize, amphi::shim::kRtpGrowth);
}

inline srtp_err_status_t srtp_protect_rtcp(
    srtp_t session, const std::uint8_t* in, std::size_t inSize, std::uint8_t* out, std::size_t* outSize, std::size_t) {
  const amphi::shim::InPlace call = &::srtp_protect_rtcp;
  return amphi::shim::Transform(call, session, in, inSize, out, outSize, amphi::shim::kRtcpGrowth);
}

inline srtp_err_status_t srtp_unprotect(
    srtp_t session, const std::uint8_t* in, std::size_t inSize, std::uint8_t* out, std::size_t* outSize) {
  const amphi::shim::InPlace call = &::srtp_unprotect;
  return amphi::shim::Transform(call, session, in, inSize, out, outSize, 0);
}

inline srtp_err_status_t srtp_unprotect_rtcp(
    srtp_t session, const std::uint8_t* in, std::size_t inSize, std::uint8_t* out, std::size_t* outSize) {
  const amphi::shim::InPlace call = &::srtp_unprotect_rtcp;
  return amphi::shim::Transform(call, session, in, inSize, out, outSize, 0);
}

#endif
