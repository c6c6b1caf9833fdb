// Debian's OpenSSL can do kernel TLS; the OpenSSL that mediasoup bundles cannot. libssl asks the BIO it writes to
// "does the kernel encrypt for you?", and mediasoup's BIO callback, there to pick up outgoing DTLS records, answers 1
// to every question. Believing that, libssl allocates no record buffer and writes through a null pointer in the first
// handshake flight. So keep the BIO's own answer (no) to the kernel-TLS questions; all others stay upstream's.
#pragma once
#include_next <openssl/bio.h>

#ifndef OPENSSL_NO_KTLS
namespace amphi::shim {

// mediasoup installs one and the same callback on every BIO.
inline BIO_callback_fn_ex& UpstreamCallback() {
  static BIO_callback_fn_ex callback = nullptr;
  return callback;
}

inline bool AsksForKernelTls(int control) {
  constexpr int kSetKtls = 72;  // BIO_CTRL_SET_KTLS of OpenSSL 3's internal/bio.h; the two questions are public
  return control == kSetKtls || control == BIO_CTRL_GET_KTLS_SEND || control == BIO_CTRL_GET_KTLS_RECV;
}

inline long CallbackWithoutKernelTls(
    BIO* bio, int operation, const char* argument, std::size_t size, int control, long number, int result,
    std::size_t* processed) {
  const long answer = UpstreamCallback()(bio, operation, argument, size, control, number, result, processed);
  const bool isControlAnswer = operation == (BIO_CB_CTRL | BIO_CB_RETURN);
  return isControlAnswer && AsksForKernelTls(control) ? result : answer;
}

inline void SetBioCallback(BIO* bio, BIO_callback_fn_ex callback) {
  UpstreamCallback() = callback;
  BIO_set_callback_ex(bio, callback == nullptr ? nullptr : CallbackWithoutKernelTls);
}

}  // namespace amphi::shim
#define BIO_set_callback_ex(bio, callback) ::amphi::shim::SetBioCallback((bio), (callback))
#endif
