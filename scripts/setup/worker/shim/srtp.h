// mediasoup's worker is written for the API of libsrtp 3: distinct input and output buffers, size_t lengths, an MKI
// index, policies behind handles. Debian ships libsrtp 2, which works in place with int lengths. Same names, so plain
// overloads bridge the two.
#ifndef AMPHI_SHIM_SRTP_H
#define AMPHI_SHIM_SRTP_H

#include <climits>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

// In libsrtp 2 a policy is an open record, in 3 a handle of the same name: this is the record's name from here on.
#define srtp_policy_t srtp2_policy_t
#include <srtp2/srtp.h>
#undef srtp_policy_t

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

// What a handle of libsrtp 3 stands for. The record points at the key, so both live in one place.
struct Policy {
  srtp2_policy_t record{};
  std::uint8_t key[SRTP_MAX_KEY_LEN]{};
};

constexpr std::size_t kRtpGrowth = SRTP_MAX_TAG_LEN;
constexpr std::size_t kRtcpGrowth = SRTP_MAX_TAG_LEN + 4;  // the SRTCP index, RFC 3711 section 3.4

}  // namespace amphi::shim

using srtp_policy_t = amphi::shim::Policy*;

inline srtp_err_status_t srtp_policy_create(srtp_policy_t* policy) {
  *policy = new (std::nothrow) amphi::shim::Policy();
  return *policy == nullptr ? srtp_err_status_alloc_fail : srtp_err_status_ok;
}

inline void srtp_policy_destroy(srtp_policy_t policy) {
  if (policy == nullptr) {
    return;
  }
  // The session has its own copy; ours must not stay in freed memory.
  explicit_bzero(policy->key, sizeof policy->key);
  delete policy;
}

inline srtp_err_status_t srtp_policy_set_ssrc(srtp_policy_t policy, srtp_ssrc_t ssrc) {
  policy->record.ssrc = ssrc;
  return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_profile(srtp_policy_t policy, srtp_profile_t profile) {
  const auto status = srtp_crypto_policy_set_from_profile_for_rtp(&policy->record.rtp, profile);
  return status == srtp_err_status_ok ? srtp_crypto_policy_set_from_profile_for_rtcp(&policy->record.rtcp, profile)
                                      : status;
}

// libsrtp 2 takes key and salt as one string. No key of mediasoup carries an MKI.
inline srtp_err_status_t srtp_policy_add_key(
    srtp_policy_t policy, const std::uint8_t* key, std::size_t keySize, const std::uint8_t* salt, std::size_t saltSize,
    const std::uint8_t*, std::size_t mkiSize) {
  if (mkiSize != 0 || policy->record.key != nullptr || keySize > sizeof policy->key ||
      saltSize > sizeof policy->key - keySize) {
    return srtp_err_status_bad_param;
  }
  std::memcpy(policy->key, key, keySize);
  std::memcpy(policy->key + keySize, salt, saltSize);
  policy->record.key = policy->key;
  return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_allow_repeat_tx(srtp_policy_t policy, bool allowed) {
  policy->record.allow_repeat_tx = allowed ? 1 : 0;
  return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_window_size(srtp_policy_t policy, std::size_t packets) {
  policy->record.window_size = packets;
  return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_create(srtp_t* session, srtp_policy_t policy) {
  return srtp_create(session, &policy->record);
}

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
