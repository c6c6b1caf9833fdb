#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "peer.h"

/**
 * Hundreds of synthetic WebRTC peers in one process on one core: ICE checks of a controlling agent, DTLS-SRTP as its client.
 * Receivers count by the RTP headers, which are in the clear, and decrypt one packet in 16 for its delay; they send
 * transport-wide feedback as browsers do. Signaling is the business of whoever runs this: orders come as lines on
 * standard input, answers go as one JSON object a line to standard output, `ready` first.
 *
 *   receive ID IP PORT UFRAG PASSWORD TRANSPORT_EXTENSION PAYLOAD_TYPE PAYLOAD_TYPE    0 for none
 *   publish ID IP PORT UFRAG PASSWORD
 *   stream ID SSRC PAYLOAD_TYPE CLOCK_RATE FRAMES PACKETS BYTES vp8|other MID_EXTENSION MID RID_EXTENSION RID    RID - for none
 *   plain ID        counts what comes to a port, without any security
 *   close ID
 *   reset           counts anew
 *   report          tells what was counted
 *
 * It ends with its standard input.
 */

enum { MAX_PEERS = 2048, EVENTS = 64, LINE = 1024 };
static const int64_t TICK_NS = 20 * NS_PER_MS;

static struct peer *peers[MAX_PEERS];
static struct identity identity;
static int poller;

static void refuse(int id, const char *why) { printf("{\"event\":\"failed\",\"id\":%d,\"why\":\"%s\"}\n", id, why); }

static struct peer *place(int id) {
  if (id < 0 || id >= MAX_PEERS || peers[id] != NULL) {
    refuse(id, "no such place");
    return NULL;
  }
  return peers[id] = calloc(1, sizeof(struct peer));
}

static void watch(struct peer *peer) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
  epoll_ctl(poller, EPOLL_CTL_ADD, peer->descriptor, &event);
}

static void forget(int id) {
  free(peers[id]);
  peers[id] = NULL;
}

static struct peer *open_peer(const char *rest, int *consumed) {
  int id, port;
  char ip[64], ufrag[64], password[128];
  if (sscanf(rest, "%d %63s %d %63s %127s%n", &id, ip, &port, ufrag, password, consumed) != 5) return NULL;
  struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  struct peer *peer = place(id);
  if (peer == NULL) return NULL;
  if (inet_pton(AF_INET, ip, &server.sin_addr) != 1 || !peer_open(peer, id, &server, ufrag, password, &identity)) {
    forget(id);
    refuse(id, "no socket");
    return NULL;
  }
  watch(peer);
  return peer;
}

static void order_receive(const char *rest) {
  int consumed = 0, extension = 0, first = 0, second = 0;
  struct peer *peer = open_peer(rest, &consumed);
  if (peer == NULL) return;
  sscanf(rest + consumed, "%d %d %d", &extension, &first, &second);
  peer->transport_extension = (uint8_t)extension;
  peer->payload_types[0] = (uint8_t)first;
  peer->payload_types[1] = (uint8_t)second;
}

static void order_stream(const char *rest) {
  struct stream_options options;
  memset(&options, 0, sizeof options);
  int id, payload_type, mid_extension, rid_extension;
  char kind[8];
  if (sscanf(rest, "%d %u %d %u %lf %lf %zu %7s %d %16s %d %16s", &id, &options.ssrc, &payload_type, &options.clock_rate,
             &options.frames, &options.packets, &options.bytes, kind, &mid_extension, options.mid, &rid_extension,
             options.rid) != 12 ||
      id < 0 || id >= MAX_PEERS || peers[id] == NULL || peers[id]->stream_count == PEER_STREAMS) {
    fprintf(stderr, "no stream: %s", rest);
    exit(2);
  }
  options.payload_type = (uint8_t)payload_type;
  options.is_vp8 = strcmp(kind, "vp8") == 0;
  options.mid_extension = (uint8_t)mid_extension;
  options.rid_extension = (uint8_t)rid_extension;
  if (strcmp(options.rid, "-") == 0) options.rid[0] = '\0';
  struct peer *peer = peers[id];
  stream_open(&peer->streams[peer->stream_count++], &options, now_ns());
}

static void order_plain(int id) {
  struct peer *peer = place(id);
  if (peer == NULL) return;
  const int port = peer_open_plain(peer, id);
  if (port == 0) return forget(id), refuse(id, "no socket");
  watch(peer);
  printf("{\"event\":\"plain\",\"id\":%d,\"port\":%d}\n", id, port);
}

static void order_close(int id) {
  if (id < 0 || id >= MAX_PEERS || peers[id] == NULL) return;
  peer_close(peers[id]);
  forget(id);
}

static void reset(void) {
  memset(&peer_delays, 0, sizeof peer_delays);
  for (int id = 0; id < MAX_PEERS; id++) {
    if (peers[id] == NULL) continue;
    tally_reset(&peers[id]->tally);
    for (size_t i = 0; i < peers[id]->stream_count; i++) {
      peers[id]->streams[i].sent = peers[id]->streams[i].keyframe_requests = 0;
    }
  }
}

static void report(void) {
  int receivers = 0, silent = 0;
  long long received = 0, lost = 0;
  for (int id = 0; id < MAX_PEERS; id++) {
    if (peers[id] == NULL || peers[id]->stream_count > 0) continue;
    receivers += 1;
    silent += peers[id]->tally.received == 0;
    received += peers[id]->tally.received;
    lost += peers[id]->tally.lost;
  }
  printf("{\"event\":\"report\",\"receivers\":%d,\"silent\":%d,\"received\":%lld,\"lost\":%lld", receivers, silent, received,
         lost);
  printf(",\"delaySamples\":%llu,\"delayP50Ms\":%.2f,\"delayP99Ms\":%.2f", (unsigned long long)peer_delays.total,
         delays_percentile(&peer_delays, 0.5), delays_percentile(&peer_delays, 0.99));
  printf(",\"streams\":[");
  const char *comma = "";
  for (int id = 0; id < MAX_PEERS; id++) {
    for (size_t i = 0; peers[id] != NULL && i < peers[id]->stream_count; i++, comma = ",") {
      const struct stream *stream = &peers[id]->streams[i];
      printf("%s{\"ssrc\":%u,\"sent\":%u,\"keyframeRequests\":%u}", comma, stream->options.ssrc, stream->sent,
             stream->keyframe_requests);
    }
  }
  printf("]}\n");
}

static void obey(const char *line) {
  char verb[16] = "";
  int used = 0, ignored;
  sscanf(line, "%15s%n", verb, &used);
  const char *rest = line + used;
  if (strcmp(verb, "receive") == 0) {
    order_receive(rest);
  } else if (strcmp(verb, "publish") == 0) {
    open_peer(rest, &ignored);
  } else if (strcmp(verb, "stream") == 0) {
    order_stream(rest);
  } else if (strcmp(verb, "plain") == 0) {
    order_plain(atoi(rest));
  } else if (strcmp(verb, "close") == 0) {
    order_close(atoi(rest));
  } else if (strcmp(verb, "reset") == 0) {
    reset();
  } else if (strcmp(verb, "report") == 0) {
    report();
  } else {
    fprintf(stderr, "unknown order: %s", line);
    exit(2);
  }
}

/** Obeys the whole lines that wait. @returns 0 at the end of standard input */
static int read_orders(void) {
  static char waiting[64 * LINE];
  static size_t length;
  const ssize_t got = read(STDIN_FILENO, waiting + length, sizeof waiting - 1 - length);
  if (got <= 0) return 0;
  length += (size_t)got;
  waiting[length] = '\0';
  char *line = waiting;
  for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
    *end = '\0';
    obey(line);
  }
  length -= (size_t)(line - waiting);
  memmove(waiting, line, length);
  return 1;
}

static void allow_many_sockets(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int main(void) {
  setvbuf(stdout, NULL, _IOFBF, 1 << 16);
  allow_many_sockets();
  identity_make(&identity);
  poller = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event orders = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &orders);
  printf("{\"event\":\"ready\",\"fingerprint\":\"%s\",\"ufrag\":\"%s\",\"password\":\"%s\"}\n", identity.fingerprint,
         LOCAL_UFRAG, LOCAL_PASSWORD);
  int64_t tick_due = 0;
  for (;;) {
    fflush(stdout);
    const int64_t now = now_ns();
    const int is_tick = now >= tick_due;
    if (is_tick) tick_due = now + TICK_NS;
    int64_t wake = tick_due;
    for (int id = 0; id < MAX_PEERS; id++) {
      if (peers[id] == NULL) continue;
      if (is_tick) peer_tick(peers[id], now);
      if (peers[id]->state != PEER_UP) continue;
      const int64_t next = peer_publish(peers[id], now);
      if (next < wake) wake = next;
    }
    const int64_t left = wake - now_ns(), wait = left > 0 ? left : 0;
    const struct timespec patience = {.tv_sec = wait / NS_PER_S, .tv_nsec = wait % NS_PER_S};
    struct epoll_event events[EVENTS];
    const int count = epoll_pwait2(poller, events, EVENTS, &patience, NULL);
    // Orders last: one may close a peer that another event of this round names.
    int has_orders = 0;
    for (int i = 0; i < count; i++) {
      if (events[i].data.ptr == NULL) {
        has_orders = 1;
      } else {
        peer_read(events[i].data.ptr);
      }
    }
    if (has_orders && !read_orders()) return 0;
  }
}
