#define _GNU_SOURCE
#include "peer.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bytes.h"
#include "clock.h"
#include "stun.h"

static const int64_t CHECK_AGAIN_NS = 100 * NS_PER_MS;
/** Browsers check consent every 4 to 6 s (RFC 7675, 5.1). */
static const int64_t CONSENT_NS = 5 * NS_PER_S;
static const int64_t STEP_NS = 100 * NS_PER_MS;
static const int64_t FEEDBACK_NS = 100 * NS_PER_MS;
enum { DECRYPT_ONE_IN = 16, BATCH = 16, RECEIVE_BUFFER = 1 << 20 };

struct delays peer_delays;

static int open_socket(struct peer *peer, int id) {
  memset(peer, 0, sizeof *peer);
  peer->id = id;
  peer->descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (peer->descriptor < 0) return 0;
  const int on = 1, buffer = RECEIVE_BUFFER;
  setsockopt(peer->descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  // Beyond the system's limit where we may: a receiver that is late to read shall not count as a loss of the server's.
  if (setsockopt(peer->descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) != 0) {
    setsockopt(peer->descriptor, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  }
  return 1;
}

int peer_open_plain(struct peer *peer, int id) {
  struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof local;
  if (!open_socket(peer, id) || bind(peer->descriptor, (struct sockaddr *)&local, length) != 0) return 0;
  getsockname(peer->descriptor, (struct sockaddr *)&local, &length);
  peer->state = PEER_PLAIN;
  return ntohs(local.sin_port);
}

int peer_open(struct peer *peer, int id, const struct sockaddr_in *server, const char *ufrag, const char *password,
              const struct identity *identity) {
  if (!open_socket(peer, id)) return 0;
  if (connect(peer->descriptor, (const struct sockaddr *)server, sizeof *server) != 0) return 0;
  peer->server = *server;
  snprintf(peer->username, sizeof peer->username, "%s:%s", ufrag, LOCAL_UFRAG);
  snprintf(peer->password, sizeof peer->password, "%s", password);
  secure_open(&peer->secure, identity);
  peer->state = PEER_CHECKING;
  return 1;
}

static void send_bytes(void *context, const uint8_t *bytes, size_t length) {
  struct peer *peer = context;
  // What the socket does not take is lost, as on a network.
  (void)!send(peer->descriptor, bytes, length, 0);
}

static void send_rtcp(struct peer *peer, uint8_t *packet, size_t length) {
  int bytes = (int)length;
  if (srtp_protect_rtcp(peer->secure.outbound, packet, &bytes) == srtp_err_status_ok) {
    send_bytes(peer, packet, (size_t)bytes);
  }
}

static void note_keyframe_request(void *context, uint32_t ssrc) {
  struct peer *peer = context;
  for (size_t i = 0; i < peer->stream_count; i++) {
    struct stream *stream = &peer->streams[i];
    if (stream->options.ssrc != ssrc) continue;
    stream->keyframe_requests += 1;
    stream->key_wanted = 1;
  }
}

static void take_rtcp(struct peer *peer, uint8_t *packet, size_t length) {
  int bytes = (int)length;
  if (peer->stream_count == 0 || srtp_unprotect_rtcp(peer->secure.inbound, packet, &bytes) != srtp_err_status_ok) return;
  rtcp_find_keyframe_requests(packet, (size_t)bytes, note_keyframe_request, peer);
}

static void take_rtp(struct peer *peer, uint8_t *packet, size_t length, int64_t arrival_ns) {
  struct rtp rtp;
  if (!rtp_read(packet, length, peer->transport_extension, &rtp)) return;
  if (rtp.transport_sequence >= 0) feedback_add(&peer->feedback, (uint16_t)rtp.transport_sequence, arrival_ns);
  int is_media = 0;
  for (size_t i = 0; i < PEER_PAYLOAD_TYPES; i++) is_media |= peer->payload_types[i] == rtp.payload_type;
  if (!is_media) return;
  tally_add(&peer->tally, &rtp);
  if (!peer->has_received) {
    peer->has_received = 1;
    printf("{\"event\":\"first\",\"id\":%d,\"atMs\":%.3f}\n", peer->id, (double)arrival_ns / NS_PER_MS);
  }
  if ((rtp.sequence + peer->id) % DECRYPT_ONE_IN != 0) return;
  int bytes = (int)length;
  if (srtp_unprotect(peer->secure.inbound, packet, &bytes) != srtp_err_status_ok) return;
  const int64_t sent_ns = stamp_read(packet, (size_t)bytes);
  if (sent_ns != 0) delays_add(&peer_delays, arrival_ns - sent_ns);
}

static void take_secure(struct peer *peer, const uint8_t *datagram, size_t length) {
  const enum secure_state before = peer->secure.state;
  secure_step(&peer->secure, datagram, length, send_bytes, peer);
  const enum secure_state after = peer->secure.state;
  if (after == before) return;
  peer->state = after == SECURE_UP ? PEER_UP : PEER_FAILED;
  if (after == SECURE_UP) {
    printf("{\"event\":\"up\",\"id\":%d,\"profile\":\"%s\"}\n", peer->id, secure_profile(&peer->secure));
  } else {
    printf("{\"event\":\"failed\",\"id\":%d,\"why\":\"DTLS\"}\n", peer->id);
  }
}

static void take_stun(struct peer *peer, const uint8_t *datagram, size_t length) {
  if (stun_is_request(datagram, length)) {
    uint8_t answer[STUN_MAX_BYTES];
    const struct sockaddr_in *server = &peer->server;
    const size_t bytes =
        stun_write_success(answer, datagram, server->sin_addr.s_addr, ntohs(server->sin_port), LOCAL_PASSWORD);
    send_bytes(peer, answer, bytes);
  } else if (peer->state == PEER_CHECKING && stun_is_success(datagram, length)) {
    peer->state = PEER_SECURING;
    take_secure(peer, NULL, 0);
    peer->step_due_ns = now_ns() + STEP_NS;
  }
}

static void take(struct peer *peer, uint8_t *datagram, size_t length, int64_t arrival_ns) {
  if (peer->state == PEER_PLAIN) {
    peer->tally.received += 1;
  } else if (stun_is(datagram, length)) {
    take_stun(peer, datagram, length);
  } else if (length > 0 && datagram[0] >= 20 && datagram[0] <= 63) {
    if (peer->state == PEER_SECURING || peer->state == PEER_UP) take_secure(peer, datagram, length);
  } else if (peer->state == PEER_UP) {
    if (rtcp_is(datagram, length)) {
      take_rtcp(peer, datagram, length);
    } else {
      take_rtp(peer, datagram, length, arrival_ns);
    }
  }
}

static int64_t arrival_of(struct msghdr *message) {
  for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL; part = CMSG_NXTHDR(message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    struct timespec time;
    memcpy(&time, CMSG_DATA(part), sizeof time);
    return time.tv_sec * NS_PER_S + time.tv_nsec;
  }
  return now_ns();
}

void peer_read(struct peer *peer) {
  static uint8_t datagrams[BATCH][2048];
  static char control[BATCH][CMSG_SPACE(sizeof(struct timespec))];
  struct iovec vectors[BATCH];
  struct mmsghdr messages[BATCH];
  memset(messages, 0, sizeof messages);
  for (int i = 0; i < BATCH; i++) {
    vectors[i] = (struct iovec){datagrams[i], sizeof datagrams[i]};
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
    messages[i].msg_hdr.msg_control = control[i];
    messages[i].msg_hdr.msg_controllen = sizeof control[i];
  }
  const int count = recvmmsg(peer->descriptor, messages, BATCH, 0, NULL);
  for (int i = 0; i < count; i++) take(peer, datagrams[i], messages[i].msg_len, arrival_of(&messages[i].msg_hdr));
}

void peer_tick(struct peer *peer, int64_t now) {
  if (peer->state == PEER_PLAIN || peer->state == PEER_FAILED) return;
  if (now >= peer->check_due_ns) {
    uint8_t check[STUN_MAX_BYTES];
    send_bytes(peer, check, stun_write_check(check, peer->username, peer->password));
    peer->check_due_ns = now + (peer->state == PEER_CHECKING ? CHECK_AGAIN_NS : CONSENT_NS);
  }
  if (peer->state == PEER_SECURING && now >= peer->step_due_ns) {
    take_secure(peer, NULL, 0);
    peer->step_due_ns = now + STEP_NS;
  }
  if (peer->state == PEER_UP && now >= peer->feedback_due_ns && peer->tally.count > 0) {
    uint8_t packet[RTCP_MAX_BYTES];
    const size_t length = feedback_write(&peer->feedback, packet, peer->tally.streams[0].ssrc);
    if (length > 0) send_rtcp(peer, packet, length);
    peer->feedback_due_ns = now + FEEDBACK_NS;
  }
}

static void send_stream(struct peer *peer, struct stream *stream, int64_t now) {
  uint8_t packet[RTP_MAX_BYTES];
  if (now >= stream->report_due_ns) send_rtcp(peer, packet, stream_report(stream, packet, now));
  while (now >= stream->due_ns) {
    int bytes = (int)stream_next(stream, packet, now_ns());
    if (srtp_protect(peer->secure.outbound, packet, &bytes) == srtp_err_status_ok) {
      send_bytes(peer, packet, (size_t)bytes);
    }
  }
}

int64_t peer_publish(struct peer *peer, int64_t now) {
  int64_t next = INT64_MAX;
  for (size_t i = 0; i < peer->stream_count; i++) {
    struct stream *stream = &peer->streams[i];
    send_stream(peer, stream, now);
    if (stream->due_ns < next) next = stream->due_ns;
  }
  return next;
}

void peer_close(struct peer *peer) {
  if (peer->state != PEER_PLAIN) secure_close(&peer->secure);
  close(peer->descriptor);
}
