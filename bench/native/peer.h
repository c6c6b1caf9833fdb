#pragma once

#include <netinet/in.h>

#include "rtcp.h"
#include "secure.h"
#include "stream.h"
#include "tally.h"

#define PEER_STREAMS 4
#define PEER_PAYLOAD_TYPES 2

/** Ours in every connection; servers are told by SDP. */
#define LOCAL_UFRAG "bench"
#define LOCAL_PASSWORD "bench-bench-bench-bench-bench"

enum peer_state { PEER_CHECKING, PEER_SECURING, PEER_UP, PEER_FAILED, PEER_PLAIN };

/** One connection to a server, on a socket of its own: it publishes streams, or counts what it receives. */
struct peer {
  int id;
  int descriptor;
  struct sockaddr_in server;
  enum peer_state state;
  char username[128];
  char password[128];
  struct secure secure;
  int64_t check_due_ns;
  int64_t step_due_ns;

  struct stream streams[PEER_STREAMS];
  size_t stream_count;

  uint8_t transport_extension;
  uint8_t payload_types[PEER_PAYLOAD_TYPES];
  int has_received;
  struct tally tally;
  struct feedback feedback;
  int64_t feedback_due_ns;
};

/** What one packet in so many is decrypted for: when it was sent. */
extern struct delays peer_delays;

/** A socket that counts RTP without any security. @returns its port */
int peer_open_plain(struct peer *peer, int id);

/** @returns 0 when there is no socket to be had */
int peer_open(struct peer *peer, int id, const struct sockaddr_in *server, const char *ufrag, const char *password,
              const struct identity *identity);

/** Takes what waits on the socket. */
void peer_read(struct peer *peer);

/** Does what is due by now, other than sending streams. */
void peer_tick(struct peer *peer, int64_t now_ns);

/** Sends the packets that are due. @returns when the next one is, INT64_MAX when there are no streams */
int64_t peer_publish(struct peer *peer, int64_t now_ns);

void peer_close(struct peer *peer);
